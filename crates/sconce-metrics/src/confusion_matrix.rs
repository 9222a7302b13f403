//! Which label was taken for which.

use std::fmt::{self, Write};

use serde::{Serialize, Serializer};

use crate::counts::{
    Average, LabelCount, Scores, add_counts, average, check_pairs, count_pair, ratio,
};
use crate::error::{Error, Result};
use crate::kappa::{KappaWeights, kappa};
use crate::matthews::matthews;
use crate::merge::{Merge, check_same};
use crate::table::{Table, cut, name_cell};

/// The most labels that a table shows.
const MAX_SHOWN: usize = 20;
/// Above this many labels, columns are headed by numbers: names side by side would not fit.
const MAX_NAMED_COLUMNS: usize = 8;
/// The columns that a name at the head of a column gets.
const MAX_HEAD: usize = 10;

/// Counts of pairs: rows are targets, columns predictions.
///
/// Takes `8 * n_labels * n_labels` bytes. Serializes as a list of rows; `Display` prints a table
/// with the labels' numbers, [`ConfusionMatrix::render`] one with their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    pairs: Vec<u64>,
    counts: Vec<LabelCount>,
    total: u64,
}

impl ConfusionMatrix {
    /// An empty matrix for labels 0 to `n_labels`.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        Self {
            pairs: vec![0; n_labels * n_labels],
            counts: vec![LabelCount::default(); n_labels],
            total: 0,
        }
    }

    /// How many labels there are.
    #[must_use]
    pub fn n_labels(&self) -> usize {
        self.counts.len()
    }

    /// Counts a batch; `predictions[i]` belongs to `targets[i]`.
    ///
    /// # Errors
    /// If the lengths differ or a label is out of range; then nothing of the batch is counted.
    pub fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        let n_labels = self.n_labels();
        check_pairs(targets, predictions, n_labels)?;
        for (&target, &prediction) in targets.iter().zip(predictions) {
            self.pairs[target as usize * n_labels + prediction as usize] += 1;
            count_pair(&mut self.counts, target, prediction);
        }
        self.total += targets.len() as u64;
        Ok(())
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        *self = Self::new(self.n_labels());
    }

    /// How many examples of `target` were taken for `predicted`; none of a label that is not there.
    #[must_use]
    pub fn get(&self, target: u32, predicted: u32) -> u64 {
        let row = self.rows().nth(target as usize).unwrap_or_default();
        row.get(predicted as usize).copied().unwrap_or_default()
    }

    /// The rows, one for each target, from label 0.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        // Without labels there are no pairs either, and chunks of zero do not exist.
        self.pairs.chunks(self.n_labels().max(1))
    }

    /// How many examples were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The part of the examples that were predicted right.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.counts.iter().map(|count| count.right).sum(), self.total)
    }

    /// How many examples have `label` as their target.
    #[must_use]
    pub fn support(&self, label: u32) -> u64 {
        self.count(label).targets
    }

    /// How many examples were predicted as `label`.
    #[must_use]
    pub fn predicted(&self, label: u32) -> u64 {
        self.count(label).predictions
    }

    /// Of what was predicted as `label`, the part that is right.
    #[must_use]
    pub fn precision(&self, label: u32) -> f64 {
        self.scores(label).precision
    }

    /// Of what is `label`, the part that was predicted so.
    #[must_use]
    pub fn recall(&self, label: u32) -> f64 {
        self.scores(label).recall
    }

    /// The harmonic mean of precision and recall of `label`.
    #[must_use]
    pub fn f1(&self, label: u32) -> f64 {
        self.scores(label).f1
    }

    /// Precision, recall and F1 of `label`.
    #[must_use]
    pub fn scores(&self, label: u32) -> Scores {
        self.count(label).scores()
    }

    /// Precision, recall and F1 averaged over the labels that occur in targets or predictions.
    #[must_use]
    pub fn average(&self, by: Average) -> Scores {
        average(self.counts.iter().filter(|count| count.is_present()), by)
    }

    /// The mean F1 over the labels that occur in targets or predictions.
    #[must_use]
    pub fn macro_f1(&self) -> f64 {
        self.average(Average::Macro).f1
    }

    /// Matthews' correlation, the value of [`crate::Matthews`].
    #[must_use]
    pub fn matthews(&self) -> f64 {
        matthews(&self.counts)
    }

    /// The mean recall over the labels that targets have: accuracy as if all were equally common.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let labels = self.counts.iter().filter(|count| count.targets > 0);
        let (sum, n) =
            labels.fold((0.0, 0u64), |(sum, n), count| (sum + count.scores().recall, n + 1));
        if n == 0 { 0.0 } else { sum / n as f64 }
    }

    /// Cohen's kappa, the value of [`crate::Kappa`].
    #[must_use]
    pub fn kappa(&self, weights: KappaWeights) -> f64 {
        kappa(self, weights)
    }

    /// The labels that occur in targets or predictions, in order.
    pub fn present_labels(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.counts).filter(|(_, count)| count.is_present()).map(|(label, _)| label)
    }

    /// An aligned table with a line for each target and a column for each prediction.
    ///
    /// Of more than 20 labels the table shows those with the most targets, and says so below. From
    /// nine columns on they are headed by the labels' numbers, which stand before the names.
    ///
    /// # Errors
    /// If there is not one name for each label.
    pub fn render(&self, names: &[impl AsRef<str>]) -> Result<String> {
        self.check_names(names.len())?;
        let shown = self.shown();
        let numbered = shown.len() > MAX_NAMED_COLUMNS;
        let name = |label: usize| names[label].as_ref();
        let head = |&label: &usize| {
            if numbered { label.to_string() } else { cut(name(label), MAX_HEAD) }
        };
        let mut table = Table::default();
        table.push("target \\ predicted", shown.iter().map(head));
        for &target in &shown {
            let row = &self.pairs[target * self.n_labels()..][..self.n_labels()];
            let cells = shown.iter().map(|&predicted| row[predicted].to_string());
            let name = name_cell(name(target));
            let name = if numbered { format!("{target} {name}") } else { name };
            table.push(&name, cells);
        }
        let mut text = table.render();
        self.note_hidden(&shown, &mut text);
        Ok(text)
    }

    pub(crate) fn check_names(&self, names: usize) -> Result<()> {
        let n_labels = self.n_labels();
        if names == n_labels { Ok(()) } else { Err(Error::NamesDiffer { names, n_labels }) }
    }

    /// The labels that a table shows, in order.
    fn shown(&self) -> Vec<usize> {
        let mut labels: Vec<usize> = (0..self.n_labels()).collect();
        // The sort is stable: of labels with as many targets the first ones stay.
        labels.sort_by_key(|&label| std::cmp::Reverse(self.counts[label].targets));
        labels.truncate(MAX_SHOWN);
        labels.sort_unstable();
        labels
    }

    fn note_hidden(&self, shown: &[usize], text: &mut String) {
        if shown.len() == self.n_labels() {
            return;
        }
        let pair = |&target: &usize| {
            shown.iter().map(move |&predicted| self.pairs[target * self.n_labels() + predicted])
        };
        let hidden = self.total - shown.iter().flat_map(pair).sum::<u64>();
        let (shown, n_labels, total) = (shown.len(), self.n_labels(), self.total);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{shown} of {n_labels} labels shown, those with the most targets; \
             {hidden} of {total} examples are not in this table"
        );
    }

    fn count(&self, label: u32) -> LabelCount {
        self.counts.get(label as usize).copied().unwrap_or_default()
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = (0..self.n_labels()).map(|label| label.to_string()).collect();
        f.write_str(&self.render(&names).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for ConfusionMatrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

impl Merge for ConfusionMatrix {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.n_labels() == other.n_labels(), "confusion matrix")?;
        self.pairs.iter_mut().zip(&other.pairs).for_each(|(count, other)| *count += other);
        add_counts(&mut self.counts, &other.counts);
        self.total += other.total;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
