//! Precision, recall, F1 and support for each label, with their averages.

use std::fmt;

use serde::Serialize;

use crate::confusion_matrix::ConfusionMatrix;
use crate::counts::{Average, Scores};
use crate::error::Result;
use crate::table::{Table, name_cell};

/// The scores of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelScores {
    /// The label.
    pub label: u32,
    /// Its name.
    pub name: String,
    /// Its precision, recall and F1.
    #[serde(flatten)]
    pub scores: Scores,
    /// How many examples have it as their target.
    pub support: u64,
}

/// A table of scores; prints itself aligned and serializes with all digits.
///
/// Holds the labels that occur in targets or predictions, and averages over these: the macro
/// average here is the `macro_f1` of [`crate::F1`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassificationReport {
    /// The labels that occur, in order.
    pub labels: Vec<LabelScores>,
    /// The part of the examples that were predicted right.
    pub accuracy: f64,
    /// The mean over labels.
    pub macro_average: Scores,
    /// The mean over labels weighted by their support.
    pub weighted_average: Scores,
    /// How many examples there are.
    pub support: u64,
}

impl ClassificationReport {
    /// Of everything that `matrix` counted; `names[label]` is the name of a label.
    ///
    /// # Errors
    /// If there is not one name for each label.
    pub fn new(matrix: &ConfusionMatrix, names: &[impl AsRef<str>]) -> Result<Self> {
        matrix.check_names(names.len())?;
        let row = |label: u32| LabelScores {
            label,
            name: names[label as usize].as_ref().to_owned(),
            scores: matrix.scores(label),
            support: matrix.support(label),
        };
        Ok(Self {
            labels: matrix.present_labels().map(row).collect(),
            accuracy: matrix.accuracy(),
            macro_average: matrix.average(Average::Macro),
            weighted_average: matrix.average(Average::Weighted),
            support: matrix.total(),
        })
    }
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = scores_table();
        for row in &self.labels {
            table.push(&name_cell(&row.name), cells(&row.scores, row.support));
        }
        table.push("", []);
        let accuracy = format!("{:.4}", self.accuracy);
        let support = self.support.to_string();
        table.push("accuracy", [String::new(), String::new(), accuracy, support]);
        table.push("macro average", cells(&self.macro_average, self.support));
        table.push("weighted average", cells(&self.weighted_average, self.support));
        f.write_str(&table.render())
    }
}

/// A table with the names of its columns.
pub(crate) fn scores_table() -> Table {
    let mut table = Table::default();
    table.push("", ["precision", "recall", "f1", "support"].map(str::to_owned));
    table
}

/// A line of such a table.
pub(crate) fn cells(scores: &Scores, support: u64) -> [String; 4] {
    let [precision, recall, f1] =
        [scores.precision, scores.recall, scores.f1].map(|score| format!("{score:.4}"));
    [precision, recall, f1, support.to_string()]
}

#[cfg(test)]
mod tests;
