//! Precision, recall and F1 over labels, averaged.
//!
//! Averages run over the labels that occur in targets or predictions, as scikit-learn's do, or over
//! a fixed set. One label alone is the binary case: `F1::new(2, Average::Macro).with_labels(&[1])`.

use crate::counts::{
    Average, LabelCount, Scores, add_counts, average, check_labels, check_pairs, count_pair,
};
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;

/// Counts, and how they become one number.
#[derive(Debug, Clone, PartialEq)]
struct Averaged {
    counts: Vec<LabelCount>,
    average: Average,
    labels: Option<Vec<u32>>,
}

impl Averaged {
    fn new(n_labels: usize, average: Average) -> Self {
        Self { counts: vec![LabelCount::default(); n_labels], average, labels: None }
    }

    fn fix_labels(&mut self, labels: &[u32]) -> Result<()> {
        check_labels("label", labels, self.counts.len())?;
        let mut labels = labels.to_vec();
        labels.sort_unstable();
        labels.dedup();
        self.labels = Some(labels);
        Ok(())
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        check_pairs(targets, predictions, self.counts.len())?;
        for (&target, &prediction) in targets.iter().zip(predictions) {
            count_pair(&mut self.counts, target, prediction);
        }
        Ok(())
    }

    fn scores(&self) -> Scores {
        match &self.labels {
            Some(labels) => {
                average(labels.iter().map(|&label| &self.counts[label as usize]), self.average)
            }
            None => average(self.counts.iter().filter(|count| count.is_present()), self.average),
        }
    }

    fn reset(&mut self) {
        self.counts.fill(LabelCount::default());
    }

    fn merge(&mut self, other: &Self, metric: &'static str) -> Result<()> {
        let settings = |of: &Self| (of.counts.len(), of.average, of.labels.clone());
        check_same(settings(self) == settings(other), metric)?;
        add_counts(&mut self.counts, &other.counts);
        Ok(())
    }
}

macro_rules! averaged_metric {
    ($(#[$doc:meta])* $type:ident, $score:ident, $micro:literal, $macro:literal, $weighted:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $type(Averaged);

        impl $type {
            /// Over labels 0 to `n_labels`; the average takes those that occur.
            #[must_use]
            pub fn new(n_labels: usize, average: Average) -> Self {
                Self(Averaged::new(n_labels, average))
            }

            /// Averages over exactly these labels, whether they occur or not.
            ///
            /// # Errors
            /// If a label is out of range.
            pub fn with_labels(mut self, labels: &[u32]) -> Result<Self> {
                self.0.fix_labels(labels)?;
                Ok(self)
            }
        }

        impl Metric for $type {
            fn name(&self) -> &'static str {
                match self.0.average {
                    Average::Micro => $micro,
                    Average::Macro => $macro,
                    Average::Weighted => $weighted,
                }
            }

            fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
                self.0.update(targets, predictions)
            }

            fn value(&self) -> f64 {
                self.0.scores().$score
            }

            fn reset(&mut self) {
                self.0.reset();
            }
        }

        impl Merge for $type {
            fn merge(&mut self, other: &Self) -> Result<()> {
                let name = self.name();
                self.0.merge(&other.0, name)
            }
        }
    };
}

averaged_metric!(
    /// Of what was predicted as a label, the part that is right.
    Precision, precision, "micro_precision", "macro_precision", "weighted_precision"
);
averaged_metric!(
    /// Of what is a label, the part that was predicted so.
    Recall, recall, "micro_recall", "macro_recall", "weighted_recall"
);
averaged_metric!(
    /// The harmonic mean of precision and recall.
    F1, f1, "micro_f1", "macro_f1", "weighted_f1"
);

#[cfg(test)]
mod tests;
