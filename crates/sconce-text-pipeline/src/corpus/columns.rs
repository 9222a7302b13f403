//! Deciding which column holds what.

use super::options::{Need, ReadOptions};
use crate::error::{Error, Result, nearest};

/// Plain names for the column of the text, the best first, each with those of its second text.
const TEXT_NAMES: &[(&str, &[&str])] = &[
    ("text", &["text_pair", "text2", "pair"]),
    ("text1", &["text2"]),
    ("text_a", &["text_b"]),
    ("sentence", &[]),
    ("sentence1", &["sentence2"]),
    ("sentence_a", &["sentence_b"]),
    ("premise", &["hypothesis"]),
    ("question1", &["question2"]),
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

/// Plain names for the column of the label, the best first.
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
    "y",
];

/// The columns of a file that were read, by name (or number, from 1, without a header).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames {
    /// Of the text.
    pub text: String,
    /// Of the second text of a pair.
    pub pair: Option<String>,
    /// Of the label.
    pub label: Option<String>,
}

/// The number, from zero, of each column that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) text: usize,
    pub(super) pair: Option<usize>,
    pub(super) label: Option<usize>,
}

impl Columns {
    /// What the columns are called.
    pub(super) fn named(self, names: &[&str]) -> ColumnNames {
        let name = |column: usize| names[column].to_owned();
        let (pair, label) = (self.pair.map(name), self.label.map(name));
        ColumnNames { text: name(self.text), pair, label }
    }

    /// The columns that the options name, and those whose names are plain.
    pub(super) fn from_names(path: &str, names: &[&str], options: &ReadOptions) -> Result<Self> {
        let find = |wanted: &Option<String>| {
            wanted.as_deref().map(|wanted| find_name(path, names, wanted)).transpose()
        };
        let (text, pair) = (find(&options.text_column)?, find(&options.pair_column)?);
        let label = find(&options.label_column)?.or_else(|| {
            let free = |column: &usize| Some(*column) != text && Some(*column) != pair;
            LABEL_NAMES.iter().find_map(|name| position(names, name).filter(free))
        });
        let guessed = || guess_text(names).filter(|(column, _)| Some(*column) != label);
        let (text, pair) = match (text, pair) {
            (Some(text), pair) => (Some(text), pair.or_else(|| pair_of(names, text))),
            (None, None) => guessed().map_or((None, None), |(text, pair)| (Some(text), pair)),
            (None, pair) => (guessed().map(|(text, _)| text), pair),
        };
        Self::complete(path, names, text, pair, label, options)
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
        let find = |wanted: &Option<String>| {
            wanted.as_deref().map(|wanted| find_name(path, &names, wanted)).transpose()
        };
        let (text, pair) = (find(&options.text_column)?, find(&options.pair_column)?);
        let mut label = find(&options.label_column)?;
        if n_columns == 2 && (text, pair, label) == (None, None, None) {
            label = Some(likely_label(rows));
        }
        let columns = Self::complete(path, &names, text, pair, label, options)?;
        Ok((columns, columns.named(&names)))
    }

    /// Fills in the other of two columns, and refuses what is missing or chosen twice.
    fn complete(
        path: &str,
        names: &[&str],
        text: Option<usize>,
        pair: Option<usize>,
        label: Option<usize>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let (text, label) = match (names.len(), text, pair, label) {
            (1, None, None, None) => (Some(0), None),
            (2, None, None, Some(label)) => (Some(1 - label), Some(label)),
            (2, Some(text), None, None) if options.labels == Need::Required => {
                (Some(text), Some(1 - text))
            }
            (_, text, _, label) => (text, label),
        };
        let not_guessed = |role| Error::ColumnNotGuessed {
            path: path.to_owned(),
            role,
            header: options.header,
            columns: names.iter().map(ToString::to_string).collect(),
        };
        let text = text.ok_or_else(|| not_guessed("text"))?;
        if label.is_none() && options.labels == Need::Required {
            return Err(not_guessed("label"));
        }
        for (role, column) in [("text", Some(text)), ("pair", pair), ("label", label)] {
            let Some(column) = column else { continue };
            if names.iter().filter(|name| **name == names[column]).count() > 1 {
                let (path, column) = (path.to_owned(), names[column].to_owned());
                return Err(Error::DuplicateColumn { path, column, role });
            }
        }
        let same = |column: usize, first, second| {
            let column = names[column].to_owned();
            Err(Error::SameColumn { path: path.to_owned(), column, first, second })
        };
        match (pair, label) {
            (_, Some(label)) if label == text => same(text, "text", "label"),
            (Some(pair), _) if pair == text => same(text, "text", "pair"),
            (Some(pair), Some(label)) if label == pair => same(pair, "pair", "label"),
            _ => Ok(Self { text, pair, label }),
        }
    }
}

/// The column of that very name, else of that name in another case.
fn find_name(path: &str, names: &[&str], wanted: &str) -> Result<usize> {
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

/// Which of two unnamed columns looks like labels: fewer distinct values, then fewer bytes.
fn likely_label(rows: &[Vec<String>]) -> usize {
    let weigh = |column: usize| {
        let values = || rows.iter().filter_map(|row| row.get(column));
        let distinct: rustc_hash::FxHashSet<&String> = values().collect();
        (distinct.len(), values().map(String::len).sum::<usize>())
    };
    usize::from(weigh(1) <= weigh(0))
}

#[cfg(test)]
mod tests;
