//! Deciding which column holds what.

use super::field;
use super::options::{LabelKind, Need, ReadOptions};
use crate::error::{Error, Result, nearest};
use crate::inspection::Role;

/// Plain names for the column of the text, the best first, each with those of its second text.
const TEXT_NAMES: &[(&str, &[&str])] = &[
    ("text", &["text_pair", "text2", "pair"]),
    ("text1", &["text2"]),
    ("text_a", &["text_b"]),
    // Before `sentence`, which is the second text of QNLI's questions.
    ("question", &["sentence"]),
    ("sentence", &[]),
    ("sentence1", &["sentence2"]),
    ("sentence_a", &["sentence_b"]),
    ("premise", &["hypothesis"]),
    ("question1", &["question2"]),
    ("anchor", &["positive"]),
    ("query", &["positive", "passage", "document", "answer"]),
    ("#1 string", &["#2 string"]),
    ("review", &[]),
    ("content", &[]),
    ("comment", &[]),
    ("tweet", &[]),
    ("message", &[]),
    ("document", &[]),
    ("body", &[]),
    ("review_text", &[]),
    ("comment_text", &[]),
    ("sentences", &[]),
    ("texts", &[]),
    ("reviews", &[]),
];

/// Plain names for the column of a class, the best first.
const LABEL_NAMES: &[&str] = &[
    "label",
    "labels",
    "sentiment",
    "class",
    "category",
    "target",
    "polarity",
    "topic",
    "intent",
    "emotion",
    "gold_label",
    "entailment_judgment",
    "is_duplicate",
    "quality",
    "y",
];

/// Plain names for the column of a number, the best first.
const NUMBER_NAMES: &[&str] = &[
    "score",
    "similarity",
    "similarity_score",
    "relatedness_score",
    "rating",
    "stars",
    "value",
    "target",
    "label",
    "labels",
    "y",
];

/// The columns of a file that were read, by name (or number, from 1, without a header).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// Of the text.
    pub text: String,
    /// Of the second text of a pair.
    pub pair: Option<String>,
    /// Of texts that do not go with the first.
    pub negatives: Vec<String>,
    /// Of the label.
    pub label: Option<String>,
}

/// The number, from zero, of each column that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) text: usize,
    pub(super) pair: Option<usize>,
    pub(super) negatives: Vec<usize>,
    pub(super) label: Option<usize>,
}

/// What is known so far.
#[derive(Debug, Clone, Default)]
struct Known {
    text: Option<usize>,
    pair: Option<usize>,
    negatives: Vec<usize>,
    label: Option<usize>,
}

impl Columns {
    /// What the columns are called.
    pub(super) fn named(&self, names: &[&str]) -> ColumnNames {
        let name = |column: usize| names[column].to_owned();
        ColumnNames {
            text: name(self.text),
            pair: self.pair.map(name),
            negatives: self.negatives.iter().map(|column| name(*column)).collect(),
            label: self.label.map(name),
        }
    }

    /// The columns that the options name, and those whose names are plain.
    pub(super) fn from_names(path: &str, names: &[&str], options: &ReadOptions) -> Result<Self> {
        let mut known = Known::given(path, names, options)?;
        let plain = match options.kind {
            LabelKind::Number => NUMBER_NAMES,
            LabelKind::Class | LabelKind::Several { .. } => LABEL_NAMES,
        };
        known.label = known.label.or_else(|| {
            let free = |column: &usize| !known.has(*column);
            plain.iter().find_map(|name| position(names, name).filter(free))
        });
        let guessed = || guess_text(names).filter(|(column, _)| Some(*column) != known.label);
        (known.text, known.pair) = match (known.text, known.pair) {
            (Some(text), pair) => (Some(text), pair.or_else(|| pair_of(names, text))),
            (None, None) => guessed().map_or((None, None), |(text, pair)| (Some(text), pair)),
            (None, pair) => (guessed().map(|(text, _)| text), pair),
        };
        if known.negatives.is_empty() && known.pair.is_some() {
            known.negatives = negatives(names);
        }
        known.complete(path, names, options)
    }

    /// The columns that the options give as numbers; `rows` are the first of the file.
    pub(super) fn from_numbers(
        path: &str,
        rows: &[Vec<String>],
        n_columns: usize,
        options: &ReadOptions,
    ) -> Result<(Self, ColumnNames)> {
        let names: Vec<String> = (1..=n_columns).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut known = Known::given(path, &names, options)?;
        let n_texts = if options.pairs == Need::Required { 2 } else { 1 };
        let is_open = (known.text, known.pair, known.label) == (None, None, None);
        if n_columns == n_texts + 1 && is_open && known.negatives.is_empty() {
            known.label = likely_label(rows, n_columns, options.kind);
        }
        let columns = known.complete(path, &names, options)?;
        let names = columns.named(&names);
        Ok((columns, names))
    }
}

/// What columns of these names would be read as, as far as it can be told.
pub(crate) fn guess_roles(names: &[&str], options: &ReadOptions) -> Vec<(Role, usize)> {
    let tries = [LabelKind::Number, LabelKind::Class].map(|kind| ReadOptions {
        labels: Need::Optional,
        pairs: Need::Optional,
        kind,
        header: true,
        ..options.clone()
    });
    let columns = tries.iter().filter_map(|options| Columns::from_names("", names, options).ok());
    // A score is found as a label only where labels are numbers; classes come first.
    let Some(columns) = columns.max_by_key(|columns| columns.label.is_some()) else {
        return Vec::new();
    };
    let mut roles = vec![(Role::Text, columns.text)];
    roles.extend(columns.pair.map(|column| (Role::Pair, column)));
    roles.extend(columns.negatives.iter().map(|column| (Role::Negative, *column)));
    roles.extend(columns.label.map(|column| (Role::Label, column)));
    roles
}

impl Known {
    fn given(path: &str, names: &[&str], options: &ReadOptions) -> Result<Self> {
        let find = |wanted: &Option<String>| {
            wanted.as_deref().map(|wanted| find_name(path, names, wanted)).transpose()
        };
        let negatives = options.negative_columns.iter().map(|name| find_name(path, names, name));
        Ok(Self {
            text: find(&options.text_column)?,
            pair: find(&options.pair_column)?,
            negatives: negatives.collect::<Result<_>>()?,
            label: find(&options.label_column)?,
        })
    }

    fn has(&self, column: usize) -> bool {
        [self.text, self.pair].contains(&Some(column)) || self.negatives.contains(&column)
    }

    /// Fills in what is left over, and refuses what is missing or chosen twice.
    fn complete(mut self, path: &str, names: &[&str], options: &ReadOptions) -> Result<Columns> {
        self.take_the_rest(names.len(), options);
        let not_guessed = |role| Error::ColumnNotGuessed {
            path: path.to_owned(),
            role,
            header: options.header,
            columns: names.iter().map(ToString::to_string).collect(),
        };
        let text = self.text.ok_or_else(|| not_guessed("text"))?;
        if self.pair.is_none() && options.pairs == Need::Required {
            return Err(not_guessed("pair"));
        }
        if self.label.is_none() && options.labels == Need::Required {
            return Err(not_guessed("label"));
        }
        let mut roles = vec![("text", text)];
        roles.extend(self.pair.map(|column| ("pair", column)));
        roles.extend(self.negatives.iter().map(|column| ("negative", *column)));
        roles.extend(self.label.map(|column| ("label", column)));
        for (place, (second, column)) in roles.iter().enumerate() {
            let (path, name) = (path.to_owned(), names[*column].to_owned());
            if names.iter().filter(|other| **other == name).count() > 1 {
                return Err(Error::DuplicateColumn { path, column: name, role: second });
            }
            if let Some((first, _)) = roles[..place].iter().find(|(_, other)| other == column) {
                return Err(Error::SameColumn { path, column: name, first, second });
            }
        }
        Ok(Columns { text, pair: self.pair, negatives: self.negatives, label: self.label })
    }

    /// Gives the columns that nobody asked for the only roles they can have.
    fn take_the_rest(&mut self, n_columns: usize, options: &ReadOptions) {
        let free = |known: &Self| -> Vec<usize> {
            let is_free = |column: &usize| !known.has(*column) && known.label != Some(*column);
            (0..n_columns).filter(is_free).collect()
        };
        if options.pairs == Need::Required && self.pair.is_none() {
            match (self.text, self.label, free(self).as_slice()) {
                (None, _, [text, pair]) => (self.text, self.pair) = (Some(*text), Some(*pair)),
                (Some(_), Some(_), [pair]) => self.pair = Some(*pair),
                (Some(_), None, [pair]) if options.labels == Need::Optional => {
                    self.pair = Some(*pair);
                }
                _ => {}
            }
            return;
        }
        match (n_columns, self.text, self.pair, self.label) {
            (1, None, None, None) => self.text = Some(0),
            (2, None, None, Some(label)) if label < 2 => self.text = Some(1 - label),
            (2, Some(text), None, None) if options.labels == Need::Required => {
                self.label = Some(1 - text);
            }
            _ => {}
        }
    }
}

/// The column of that very name, else of that name in another case.
pub(crate) fn find_name(path: &str, names: &[&str], wanted: &str) -> Result<usize> {
    names.iter().position(|name| *name == wanted).or_else(|| position(names, wanted)).ok_or_else(
        || Error::UnknownColumn {
            path: path.to_owned(),
            column: wanted.to_owned(),
            columns: names.iter().map(ToString::to_string).collect(),
            nearest: nearest(wanted, names.iter().copied()),
        },
    )
}

fn position(names: &[&str], wanted: &str) -> Option<usize> {
    names.iter().position(|name| name.trim().to_lowercase() == wanted.to_lowercase())
}

fn guess_text(names: &[&str]) -> Option<(usize, Option<usize>)> {
    TEXT_NAMES
        .iter()
        .find_map(|(name, _)| position(names, name))
        .map(|text| (text, pair_of(names, text)))
}

/// The second text that plainly belongs to the first one.
fn pair_of(names: &[&str], text: usize) -> Option<usize> {
    let name = names[text].trim().to_lowercase();
    let (_, pairs) = TEXT_NAMES.iter().find(|(candidate, _)| *candidate == name)?;
    pairs.iter().find_map(|pair| position(names, pair))
}

/// The columns that are called `negative`, or that and a number.
fn negatives(names: &[&str]) -> Vec<usize> {
    let is_negative = |name: &str| {
        let name = name.trim().to_lowercase();
        let rest = name.strip_prefix("negative").map(|rest| rest.trim_start_matches('_'));
        rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    (0..names.len()).filter(|column| is_negative(names[*column])).collect()
}

/// Which of the unnamed columns looks like labels: fewer distinct values, then fewer bytes.
fn likely_label(rows: &[Vec<String>], n_columns: usize, kind: LabelKind) -> Option<usize> {
    let values = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let is_candidate = |column: &usize| {
        kind != LabelKind::Number || values(*column).all(|value| field::number(value).is_some())
    };
    let weigh = |column: &usize| {
        let distinct: rustc_hash::FxHashSet<&String> = values(*column).collect();
        (distinct.len(), values(*column).map(String::len).sum::<usize>())
    };
    // The last one at a tie.
    (0..n_columns).rev().filter(is_candidate).min_by_key(weigh)
}

#[cfg(test)]
mod tests;
