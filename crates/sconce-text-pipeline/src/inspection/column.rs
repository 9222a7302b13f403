//! One column: what it holds, how often, how long.

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

/// Values that are told apart in a column; of more it is only known that there are more.
const N_DISTINCT: usize = 10_000;

/// Values that are shown.
const N_SHOWN: usize = 50;

/// A column with more different values than this holds no classes.
const N_CLASSES: usize = 1000;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ColumnKind {
    /// Nothing in any row.
    Blank,
    /// Few different values, so that each may be a class.
    Class,
    /// Numbers without a fraction.
    Integer,
    /// Numbers.
    Number,
    /// True and false.
    Truth,
    /// Lists.
    List,
    /// Objects.
    Object,
    /// Text.
    Text,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// The text.
    Text,
    /// The second text of a pair.
    Pair,
    /// A text that does not go with the first.
    Negative,
    /// The label.
    Label,
    /// The words of a sentence.
    Tokens,
    /// The tags of words.
    Tags,
}

/// What was found in one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnSummary {
    /// Its name, or number from 1.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// What it would be read as.
    pub role: Option<Role>,
    /// Rows without a value, or a blank one.
    pub n_blank: u64,
    /// The number of different values (of lists: of items); none if there are more than are told
    /// apart (10,000).
    pub n_distinct: Option<usize>,
    /// The most frequent values (of lists: items) with their numbers, the most frequent first and
    /// at a tie in the order of their text. Empty for text.
    pub top: Vec<(String, u64)>,
    /// The least and the greatest number.
    pub range: Option<(f64, f64)>,
    /// Lengths in characters, of lists in items, at the quantiles 0, 0.25, 0.5, 0.75, 0.95 and 1.
    /// Exact up to 1023, then to ten binary digits.
    pub lengths: [u64; 6],
    /// The mean of these lengths.
    pub mean_length: f64,
}

const QUANTILES: [f64; 6] = [0., 0.25, 0.5, 0.75, 0.95, 1.];

/// What is counted of a column.
#[derive(Debug, Default)]
pub(super) struct Tally {
    n_blank: u64,
    n_values: u64,
    n_of: [u64; 6],
    distinct: FxHashMap<String, u64>,
    has_more: bool,
    range: Option<(f64, f64)>,
    lengths: FxHashMap<u64, u64>,
    longest: u64,
    sum: u64,
}

// Places in `n_of`.
const INTEGER: usize = 0;
const NUMBER: usize = 1;
const TRUTH: usize = 2;
const LIST: usize = 3;
const OBJECT: usize = 4;
const TEXT: usize = 5;

impl Tally {
    /// A column that the first rows do not have.
    pub(super) fn absent_from(n_rows: u64) -> Self {
        Self { n_blank: n_rows, ..Self::default() }
    }

    /// Counts a value; false if it is blank.
    pub(super) fn add(&mut self, value: Option<&Value>) -> bool {
        let (kind, length) = match value {
            None | Some(Value::Null) => return self.blank(),
            Some(Value::String(text)) if text.trim().is_empty() => return self.blank(),
            Some(Value::Array(items)) if items.is_empty() => return self.blank(),
            Some(Value::String(text)) => {
                let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
                let kind = match number {
                    Some(_) if text.trim().parse::<i64>().is_ok() => INTEGER,
                    Some(_) => NUMBER,
                    None => TEXT,
                };
                number.into_iter().for_each(|number| self.widen(number));
                self.count(text);
                (kind, text.chars().count())
            }
            Some(Value::Number(number)) => {
                number.as_f64().into_iter().for_each(|number| self.widen(number));
                let text = number.to_string();
                self.count(&text);
                (if number.is_f64() { NUMBER } else { INTEGER }, text.len())
            }
            Some(Value::Bool(truth)) => {
                let text = truth.to_string();
                self.count(&text);
                (TRUTH, text.len())
            }
            Some(Value::Array(items)) => {
                for item in items {
                    match item {
                        Value::String(text) => self.count(text),
                        other => self.count(&other.to_string()),
                    }
                }
                (LIST, items.len())
            }
            Some(Value::Object(object)) => (OBJECT, object.len()),
        };
        self.n_of[kind] += 1;
        self.n_values += 1;
        self.sum += length as u64;
        self.longest = self.longest.max(length as u64);
        *self.lengths.entry(bucket(length as u64)).or_default() += 1;
        true
    }

    fn blank(&mut self) -> bool {
        self.n_blank += 1;
        false
    }

    fn count(&mut self, value: &str) {
        // Long texts differ, or are no classes: their beginning is enough.
        let end = value.char_indices().nth(200).map_or(value.len(), |(at, _)| at);
        let value = &value[..end];
        if let Some(count) = self.distinct.get_mut(value) {
            *count += 1;
        } else if self.distinct.len() < N_DISTINCT {
            self.distinct.insert(value.to_owned(), 1);
        } else {
            self.has_more = true;
        }
    }

    fn widen(&mut self, number: f64) {
        let (least, greatest) = self.range.unwrap_or((number, number));
        self.range = Some((least.min(number), greatest.max(number)));
    }

    pub(super) fn summary(self, name: String, n_rows: u64) -> ColumnSummary {
        let kind = self.kind();
        let mut top: Vec<(String, u64)> = Vec::new();
        if kind != ColumnKind::Text && !self.has_more {
            top.extend(self.distinct.iter().map(|(value, count)| (value.clone(), *count)));
            top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            top.truncate(N_SHOWN);
        }
        let is_number = matches!(kind, ColumnKind::Integer | ColumnKind::Number)
            || self.n_of[INTEGER] + self.n_of[NUMBER] == self.n_values;
        ColumnSummary {
            name,
            kind,
            role: None,
            n_blank: self.n_blank + n_rows.saturating_sub(self.n_blank + self.n_values),
            n_distinct: Some(self.distinct.len()).filter(|_| !self.has_more),
            top,
            range: self.range.filter(|_| is_number),
            lengths: self.quantiles(),
            mean_length: if self.n_values == 0 {
                0.
            } else {
                self.sum as f64 / self.n_values as f64
            },
        }
    }

    fn kind(&self) -> ColumnKind {
        let all = |kinds: &[usize]| {
            kinds.iter().map(|kind| self.n_of[*kind]).sum::<u64>() == self.n_values
        };
        // A class has several rows on the average.
        let is_few = !self.has_more
            && self.distinct.len() <= N_CLASSES
            && self.distinct.len() as u64 * 2 <= self.n_values;
        match () {
            () if self.n_values == 0 => ColumnKind::Blank,
            () if all(&[LIST]) => ColumnKind::List,
            () if all(&[OBJECT]) => ColumnKind::Object,
            () if all(&[TRUTH]) => ColumnKind::Truth,
            () if all(&[INTEGER]) && is_few => ColumnKind::Class,
            () if all(&[INTEGER]) => ColumnKind::Integer,
            () if all(&[INTEGER, NUMBER]) => ColumnKind::Number,
            () if is_few => ColumnKind::Class,
            () => ColumnKind::Text,
        }
    }

    fn quantiles(&self) -> [u64; 6] {
        let mut lengths: Vec<(u64, u64)> = self.lengths.iter().map(|(l, n)| (*l, *n)).collect();
        lengths.sort_unstable();
        let last = self.n_values.saturating_sub(1) as f64;
        let mut found = QUANTILES.map(|quantile| {
            let wanted = (quantile * last).round() as u64;
            let mut before = 0;
            let place = lengths.iter().find(|(_, count)| {
                before += count;
                before > wanted
            });
            place.map_or(0, |(length, _)| *length)
        });
        found[QUANTILES.len() - 1] = self.longest;
        found
    }
}

/// Lengths that are counted together: all below 1024 alone, then by their first ten binary digits.
fn bucket(length: u64) -> u64 {
    let shift = (u64::BITS - length.leading_zeros()).saturating_sub(10);
    (length >> shift) << shift
}
