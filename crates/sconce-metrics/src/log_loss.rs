//! The mean negative logarithm of the probability that the right label got.

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::probabilities::ProbabilityMean;

pub(crate) const NAME: &str = "log_loss";

/// `-ln(probability of the target)`, its mean over examples; less is better.
///
/// A probability counts as at least `f64::EPSILON` and at most 1 less that, as in scikit-learn: one
/// certain mistake costs 36 and does not make everything infinite.
///
/// ```
/// use sconce_metrics::{LogLoss, Metric};
///
/// let mut loss = LogLoss::new(2);
/// loss.update(&[0, 1], &[0.5, 0.5, 0.75, 0.25])?; // two examples of two labels
/// assert!((loss.value() - 1.5 * 2f64.ln()).abs() < 1e-12);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LogLoss(ProbabilityMean);

impl LogLoss {
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

impl Metric<u32, f64> for LogLoss {
    fn name(&self) -> &'static str {
        NAME
    }

    fn update(&mut self, targets: &[u32], probabilities: &[f64]) -> Result<()> {
        self.0.count(targets, probabilities)?;
        for (row, &target) in targets.iter().enumerate() {
            let probability = match (self.0.is_binary, target) {
                (true, 0) => 1.0 - probabilities[row],
                (true, _) => probabilities[row],
                (false, _) => probabilities[row * self.0.n_labels + target as usize],
            };
            self.0.sum -= probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
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

impl Merge for LogLoss {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0, self.name())
    }
}

#[cfg(test)]
mod tests;
