//! Labels, sets of labels and numbers, as rows.

use std::io::Write;

use anyhow::Result;
use sconce_export::{Classification, LabelSet, Prediction};
use serde::Serialize;

use super::Writer;
use crate::options::Item;
use crate::table::printable;

/// A prediction as a JSON object. (Not by `json!`, which would widen the scores to `f64` and print
/// digits that they do not have.)
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    label: &'a str,
    score: f32,
    scores: Vec<Score<'a>>,
}

#[derive(Debug, Serialize)]
struct Score<'a> {
    label: &'a str,
    score: f32,
}

/// Several labels of a text.
#[derive(Debug, Serialize)]
struct SetRow<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    labels: &'a [String],
    scores: Vec<Score<'a>>,
}

/// Numbers of a text.
#[derive(Debug, Serialize)]
struct NumberRow<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    /// The only one, or the first.
    value: f32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Value<'a>>,
}

#[derive(Debug, Serialize)]
struct Value<'a> {
    label: &'a str,
    value: f32,
}

impl<'a> Row<'a> {
    /// With the `top_k` most probable labels.
    pub fn new(text: &'a str, prediction: &'a Prediction, top_k: usize) -> Self {
        let scores = scores(&prediction.scores, top_k);
        Self { text, pair: None, label: &prediction.label, score: prediction.score, scores }
    }
}

fn scores(scores: &[(String, f32)], top_k: usize) -> Vec<Score<'_>> {
    scores.iter().take(top_k).map(|(label, score)| Score { label, score: *score }).collect()
}

/// A prediction as a line: labels and scores, then the text.
pub fn line(text: &str, prediction: &Prediction, top_k: usize) -> String {
    format!("{}  {}", pairs(&prediction.scores[..], top_k), printable(text))
}

fn pairs(scores: &[(String, f32)], n: usize) -> String {
    let score = |(label, score): &(String, f32)| format!("{} {score:.4}", printable(label));
    scores.iter().take(n).map(score).collect::<Vec<_>>().join("  ")
}

/// Labels that apply; a dash if none does.
fn set_line(text: &str, set: &LabelSet, top_k: usize) -> String {
    let n = set.labels.len().max(if top_k > 1 { top_k } else { 0 });
    let found = pairs(&set.scores, n);
    format!("{}  {}", if found.is_empty() { "-" } else { &found }, printable(text))
}

fn number_line(text: &str, numbers: &[(String, f32)]) -> String {
    match numbers {
        [(_, number)] => format!("{number:.4}  {}", printable(text)),
        numbers => format!("{}  {}", pairs(numbers, numbers.len()), printable(text)),
    }
}

impl<W: Write> Writer<W> {
    pub(super) fn classified(&mut self, items: &[Item], rows: &[Classification]) -> Result<()> {
        let top_k = self.top_k;
        for (item, row) in items.iter().zip(rows) {
            let (text, pair) = (item.text.as_str(), item.pair.as_deref());
            let shown = match pair {
                Some(pair) => format!("{text} | {pair}"),
                None => text.to_owned(),
            };
            match row {
                Classification::Label(prediction) => {
                    let row = Row { pair, ..Row::new(text, prediction, top_k) };
                    self.write(&row, || line(&shown, prediction, top_k))?;
                }
                Classification::Labels(set) => {
                    let scores = scores(&set.scores, set.labels.len().max(top_k));
                    let row = SetRow { text, pair, labels: &set.labels, scores };
                    self.write(&row, || set_line(&shown, set, top_k))?;
                }
                Classification::Numbers(numbers) => {
                    let value = numbers.first().map_or(f32::NAN, |(_, value)| *value);
                    let all = numbers.iter().map(|(label, value)| Value { label, value: *value });
                    let values = if numbers.len() > 1 { all.collect() } else { Vec::new() };
                    let row = NumberRow { text, pair, value, values };
                    self.write(&row, || number_line(&shown, numbers))?;
                }
            }
        }
        Ok(())
    }
}
