//! Precision, recall, F1 and support for each kind of span, with their averages.

use std::fmt;

use serde::Serialize;

use super::SpanF1;
use crate::counts::{Average, Scores};
use crate::report::{cells, scores_table};
use crate::table::name_cell;

/// The scores of one kind of span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanScores {
    /// The kind, such as `PER`.
    pub kind: String,
    /// Its precision, recall and F1.
    #[serde(flatten)]
    pub scores: Scores,
    /// How many spans of the targets are of this kind.
    pub support: u64,
}

/// A table of scores; prints itself aligned and serializes with all digits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanReport {
    /// The kinds that occur, in alphabetical order.
    pub kinds: Vec<SpanScores>,
    /// Of all spans together.
    pub micro_average: Scores,
    /// The mean over kinds.
    pub macro_average: Scores,
    /// The mean over kinds weighted by their support.
    pub weighted_average: Scores,
    /// How many spans the targets have.
    pub support: u64,
    /// The part of the tokens whose whole tag is right.
    pub token_accuracy: f64,
}

impl SpanReport {
    pub(super) fn new(counted: &SpanF1) -> Self {
        let row = |kind: &str| SpanScores {
            kind: kind.to_owned(),
            scores: counted.kind(kind),
            support: counted.support(kind),
        };
        let kinds: Vec<SpanScores> = counted.kinds().map(row).collect();
        Self {
            support: kinds.iter().map(|kind| kind.support).sum(),
            kinds,
            micro_average: counted.average(Average::Micro),
            macro_average: counted.average(Average::Macro),
            weighted_average: counted.average(Average::Weighted),
            token_accuracy: counted.token_accuracy(),
        }
    }
}

impl fmt::Display for SpanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = scores_table();
        for row in &self.kinds {
            table.push(&name_cell(&row.kind), cells(&row.scores, row.support));
        }
        table.push("", []);
        table.push("micro average", cells(&self.micro_average, self.support));
        table.push("macro average", cells(&self.macro_average, self.support));
        table.push("weighted average", cells(&self.weighted_average, self.support));
        let accuracy = format!("{:.4}", self.token_accuracy);
        table.push("token accuracy", [String::new(), String::new(), accuracy]);
        f.write_str(&table.render())
    }
}
