//! Scores of examples that have any number of labels, as scikit-learn computes them.

use crate::catalogue::MetricKind;
use crate::counts::{Average, LabelCount, Scores, add_counts, average, check_lengths, ratio};
use crate::error::{Error, Result};
use crate::merge::{Merge, check_same};
use crate::metric::{Metric, build};

type Value = fn(&MultiLabel) -> f64;

/// The numbers that come of it, by name.
pub(crate) const VALUES: [(&str, Value); 14] = [
    ("micro_f1", |counted| counted.average(Average::Micro).f1),
    ("macro_f1", |counted| counted.average(Average::Macro).f1),
    ("weighted_f1", |counted| counted.average(Average::Weighted).f1),
    ("samples_f1", |counted| counted.samples().f1),
    ("micro_precision", |counted| counted.average(Average::Micro).precision),
    ("macro_precision", |counted| counted.average(Average::Macro).precision),
    ("weighted_precision", |counted| counted.average(Average::Weighted).precision),
    ("samples_precision", |counted| counted.samples().precision),
    ("micro_recall", |counted| counted.average(Average::Micro).recall),
    ("macro_recall", |counted| counted.average(Average::Macro).recall),
    ("weighted_recall", |counted| counted.average(Average::Weighted).recall),
    ("samples_recall", |counted| counted.samples().recall),
    ("subset_accuracy", MultiLabel::subset_accuracy),
    ("hamming_loss", MultiLabel::hamming_loss),
];

/// Counts of labels that each example has or has not.
///
/// A batch is row-major: `n_labels` values for each example. The macro average runs over all
/// labels, whether they occur or not.
///
/// ```
/// use sconce_metrics::{Average, MultiLabel};
///
/// let mut counted = MultiLabel::new(3);
/// let targets = [true, false, true, false, true, false];
/// let predictions = [true, false, false, false, true, false];
/// counted.update(&targets, &predictions)?;
/// assert_eq!(counted.average(Average::Micro).recall, 2.0 / 3.0);
/// assert_eq!(counted.subset_accuracy(), 0.5);
/// assert_eq!(counted.hamming_loss(), 1.0 / 6.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MultiLabel {
    counts: Vec<LabelCount>,
    samples: Scores,
    whole: u64,
    wrong: u64,
    n_examples: u64,
}

impl MultiLabel {
    /// An empty count for labels 0 to `n_labels`.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        Self {
            counts: vec![LabelCount::default(); n_labels],
            samples: Scores::default(),
            whole: 0,
            wrong: 0,
            n_examples: 0,
        }
    }

    /// Counts a batch of `(examples, n_labels)` values.
    ///
    /// # Errors
    /// If the lengths differ or are not whole rows; then nothing of the batch is counted.
    pub fn update(&mut self, targets: &[bool], predictions: &[bool]) -> Result<()> {
        let (values, n_labels) = (targets.len(), self.counts.len());
        check_lengths(values, predictions.len())?;
        // Without labels there are no rows either; a remainder by zero does not exist.
        if values % n_labels.max(1) != 0 || (n_labels == 0 && values > 0) {
            let rows = values / n_labels.max(1);
            return Err(Error::NotRows { what: "values", values, rows, n_labels });
        }
        let rows = targets.chunks(n_labels.max(1)).zip(predictions.chunks(n_labels.max(1)));
        rows.for_each(|(targets, predictions)| self.count(targets, predictions));
        Ok(())
    }

    fn count(&mut self, targets: &[bool], predictions: &[bool]) {
        let mut row = LabelCount::default();
        let mut wrong = 0;
        for (count, (&target, &prediction)) in
            self.counts.iter_mut().zip(targets.iter().zip(predictions))
        {
            count.add(target, prediction);
            row.add(target, prediction);
            wrong += u64::from(target != prediction);
        }
        let scores = row.scores();
        self.samples.precision += scores.precision;
        self.samples.recall += scores.recall;
        self.samples.f1 += scores.f1;
        self.whole += u64::from(wrong == 0);
        self.wrong += wrong;
        self.n_examples += 1;
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        *self = Self::new(self.counts.len());
    }

    /// How many examples were counted.
    #[must_use]
    pub fn n_examples(&self) -> u64 {
        self.n_examples
    }

    /// Precision, recall and F1 averaged over all labels.
    #[must_use]
    pub fn average(&self, by: Average) -> Scores {
        average(self.counts.iter(), by)
    }

    /// The means over examples of each example's precision, recall and F1. An example without
    /// targets or without predictions has 0 where they are the denominator.
    #[must_use]
    pub fn samples(&self) -> Scores {
        let mean = |sum: f64| if self.n_examples == 0 { 0.0 } else { sum / self.n_examples as f64 };
        let Scores { precision, recall, f1 } = self.samples;
        Scores { precision: mean(precision), recall: mean(recall), f1: mean(f1) }
    }

    /// Precision, recall and F1 of `label`; 0 of a label that is not there.
    #[must_use]
    pub fn label(&self, label: u32) -> Scores {
        self.counts.get(label as usize).copied().unwrap_or_default().scores()
    }

    /// How many examples have `label`.
    #[must_use]
    pub fn support(&self, label: u32) -> u64 {
        self.counts.get(label as usize).copied().unwrap_or_default().targets
    }

    /// The part of the examples that were predicted right in every label.
    #[must_use]
    pub fn subset_accuracy(&self) -> f64 {
        ratio(self.whole, self.n_examples)
    }

    /// The part of all decisions, one for each example and label, that are wrong; less is better.
    #[must_use]
    pub fn hamming_loss(&self) -> f64 {
        ratio(self.wrong, self.n_examples * self.counts.len() as u64)
    }

    /// All numbers with the names that [`multi_label_by_name`] takes.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        VALUES.iter().map(|&(name, value)| (name, value(self))).collect()
    }
}

/// One number of [`MultiLabel`].
#[derive(Debug)]
struct OneValue {
    name: &'static str,
    value: Value,
    counted: MultiLabel,
}

impl Metric<bool> for OneValue {
    fn name(&self) -> &'static str {
        self.name
    }

    fn update(&mut self, targets: &[bool], predictions: &[bool]) -> Result<()> {
        self.counted.update(targets, predictions)
    }

    fn value(&self) -> f64 {
        (self.value)(&self.counted)
    }

    fn reset(&mut self) {
        self.counted.reset();
    }
}

/// The metric of examples with any number of labels called `name`; a batch is
/// `(examples, n_labels)` values, row by row.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
pub fn multi_label_by_name(name: &str, n_labels: usize) -> Result<Box<dyn Metric<bool>>> {
    let name = MetricKind::MultiLabel.find(name)?;
    let value = build(MetricKind::MultiLabel, name, &VALUES)?;
    Ok(Box::new(OneValue { name, value, counted: MultiLabel::new(n_labels) }))
}

impl Merge for MultiLabel {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.counts.len() == other.counts.len(), "multi-label")?;
        add_counts(&mut self.counts, &other.counts);
        self.samples.precision += other.samples.precision;
        self.samples.recall += other.samples.recall;
        self.samples.f1 += other.samples.f1;
        self.whole += other.whole;
        self.wrong += other.wrong;
        self.n_examples += other.n_examples;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
