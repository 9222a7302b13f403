//! Right predictions, targets and predictions of each label, and the scores that follow from them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How the scores of labels become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// From the sums of all counts: every example weighs the same.
    Micro,
    /// The mean over labels: every label weighs the same, however rare it is.
    #[default]
    Macro,
    /// The mean over labels weighted by their targets.
    Weighted,
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Scores {
    /// Of what was predicted as the label, the part that is right.
    pub precision: f64,
    /// Of what is the label, the part that was predicted so.
    pub recall: f64,
    /// `2 * right / (targets + predictions)`.
    pub f1: f64,
}

/// What a label was counted as; all that precision, recall and F1 need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LabelCount {
    pub right: u64,
    pub targets: u64,
    pub predictions: u64,
}

impl LabelCount {
    /// Counts an example that has the label or not, and was predicted so or not.
    pub fn add(&mut self, target: bool, prediction: bool) {
        self.targets += u64::from(target);
        self.predictions += u64::from(prediction);
        self.right += u64::from(target && prediction);
    }

    pub fn is_present(&self) -> bool {
        self.targets + self.predictions > 0
    }

    pub fn scores(&self) -> Scores {
        Scores {
            precision: ratio(self.right, self.predictions),
            recall: ratio(self.right, self.targets),
            f1: ratio(2 * self.right, self.targets + self.predictions),
        }
    }
}

/// Adds the counts of as many labels.
pub(crate) fn add_counts(counts: &mut [LabelCount], others: &[LabelCount]) {
    for (count, other) in counts.iter_mut().zip(others) {
        count.right += other.right;
        count.targets += other.targets;
        count.predictions += other.predictions;
    }
}

/// Counts one checked pair.
pub(crate) fn count_pair(counts: &mut [LabelCount], target: u32, prediction: u32) {
    counts[target as usize].targets += 1;
    counts[prediction as usize].predictions += 1;
    counts[target as usize].right += u64::from(target == prediction);
}

/// The average over `labels`; zero where there is nothing to average.
pub(crate) fn average<'a>(labels: impl Iterator<Item = &'a LabelCount>, by: Average) -> Scores {
    let (mut sum, mut total_weight, mut all) = (Scores::default(), 0.0, LabelCount::default());
    for label in labels {
        let weight = if by == Average::Weighted { label.targets as f64 } else { 1.0 };
        let scores = label.scores();
        sum.precision += weight * scores.precision;
        sum.recall += weight * scores.recall;
        sum.f1 += weight * scores.f1;
        total_weight += weight;
        all.right += label.right;
        all.targets += label.targets;
        all.predictions += label.predictions;
    }
    if by == Average::Micro {
        return all.scores();
    }
    let mean = |sum: f64| if total_weight == 0.0 { 0.0 } else { sum / total_weight };
    Scores { precision: mean(sum.precision), recall: mean(sum.recall), f1: mean(sum.f1) }
}

/// A part of a whole; nothing of nothing is 0.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

pub(crate) fn check_lengths(targets: usize, predictions: usize) -> Result<()> {
    if targets == predictions { Ok(()) } else { Err(Error::LengthsDiffer { targets, predictions }) }
}

/// Checks lengths and ranges of a whole batch, before anything of it is counted.
pub(crate) fn check_pairs(targets: &[u32], predictions: &[u32], n_labels: usize) -> Result<()> {
    check_lengths(targets.len(), predictions.len())?;
    check_labels("target", targets, n_labels)?;
    check_labels("prediction", predictions, n_labels)
}

pub(crate) fn check_labels(what: &'static str, labels: &[u32], n_labels: usize) -> Result<()> {
    match labels.iter().position(|&label| label as usize >= n_labels) {
        None => Ok(()),
        Some(position) => {
            Err(Error::LabelOutOfRange { what, label: labels[position], position, n_labels })
        }
    }
}

#[cfg(test)]
mod tests;
