//! The Brier score (Brier 1950): squared error of probabilities.

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::probabilities::ProbabilityMean;

/// The mean squared difference of probabilities from 1 for the right label and 0 for the others;
/// less is better.
///
/// Summed over labels, from 0 to 2, and of two labels half of that, from 0 to 1, as scikit-learn
/// has it by default.
///
/// ```
/// use sconce_metrics::{Brier, Metric};
///
/// let mut brier = Brier::binary();
/// brier.update(&[1, 0], &[0.5, 0.0])?;
/// assert_eq!(brier.value(), 0.125);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Brier(ProbabilityMean);

impl Brier {
    /// Of labels 0 to `n_labels`; a batch has `(examples, n_labels)` probabilities, row by row.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        Self(ProbabilityMean::new(n_labels))
    }

    /// Of labels 0 and 1; a batch has the probability of 1 for each example.
    #[must_use]
    pub fn binary() -> Self {
        Self(ProbabilityMean::binary())
    }
}

impl Metric<u32, f64> for Brier {
    fn name(&self) -> &'static str {
        "brier"
    }

    fn update(&mut self, targets: &[u32], probabilities: &[f64]) -> Result<()> {
        self.0.count(targets, probabilities)?;
        if self.0.is_binary {
            let pairs = targets.iter().zip(probabilities);
            self.0.sum += pairs.map(|(&t, p)| (f64::from(t) - p).powi(2)).sum::<f64>();
        } else {
            let scale = if self.0.n_labels == 2 { 0.5 } else { 1.0 };
            for (&target, row) in targets.iter().zip(probabilities.chunks(self.0.n_labels.max(1))) {
                let right = |label| f64::from(u8::from(label == target));
                let errors = (0u32..).zip(row).map(|(label, p)| (right(label) - p).powi(2));
                self.0.sum += scale * errors.sum::<f64>();
            }
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.0.value()
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

impl Merge for Brier {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0, self.name())
    }
}
