//! F1 of the positive label alone, as GLUE scores MRPC and QQP.

use crate::counts::{LabelCount, Scores, add_counts, check_lengths};
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;

/// Precision, recall and F1 of one label; every other label counts as negative.
///
/// ```
/// use sconce_metrics::{BinaryF1, Metric};
///
/// let mut f1 = BinaryF1::new(1);
/// f1.update(&[1, 1, 1, 0, 0], &[1, 0, 0, 1, 0])?;
/// assert_eq!((f1.scores().precision, f1.scores().recall), (0.5, 1.0 / 3.0));
/// assert_eq!(f1.value(), 0.4);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryF1 {
    positive: u32,
    count: LabelCount,
}

impl BinaryF1 {
    /// Of the label `positive`.
    #[must_use]
    pub fn new(positive: u32) -> Self {
        Self { positive, count: LabelCount::default() }
    }

    /// Precision, recall and F1 of the positive label.
    #[must_use]
    pub fn scores(&self) -> Scores {
        self.count.scores()
    }
}

impl Metric for BinaryF1 {
    fn name(&self) -> &'static str {
        "binary_f1"
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        check_lengths(targets.len(), predictions.len())?;
        for (&target, &prediction) in targets.iter().zip(predictions) {
            self.count.add(target == self.positive, prediction == self.positive);
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.scores().f1
    }

    fn reset(&mut self) {
        *self = Self::new(self.positive);
    }
}

impl Merge for BinaryF1 {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.positive == other.positive, self.name())?;
        add_counts(std::slice::from_mut(&mut self.count), &[other.count]);
        Ok(())
    }
}
