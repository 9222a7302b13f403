//! The mean negative logarithm of the probability that the right label got.

use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;
use crate::probabilities::check_probabilities;

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
pub struct LogLoss {
    n_labels: usize,
    /// Whether only the probability of label 1 is given, of two.
    is_binary: bool,
    sum: f64,
    n: u64,
}

impl LogLoss {
    /// Of labels 0 to `n_labels`; a batch has `(examples, n_labels)` probabilities, row by row.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        Self { n_labels, is_binary: false, sum: 0.0, n: 0 }
    }

    /// Of labels 0 and 1; a batch has the probability of 1 for each example.
    #[must_use]
    pub fn binary() -> Self {
        Self { n_labels: 2, is_binary: true, sum: 0.0, n: 0 }
    }
}

impl Metric<u32, f64> for LogLoss {
    fn name(&self) -> &'static str {
        NAME
    }

    fn update(&mut self, targets: &[u32], probabilities: &[f64]) -> Result<()> {
        check_probabilities(targets, probabilities, self.n_labels, self.is_binary)?;
        for (row, &target) in targets.iter().enumerate() {
            let probability = match (self.is_binary, target) {
                (true, 0) => 1.0 - probabilities[row],
                (true, _) => probabilities[row],
                (false, _) => probabilities[row * self.n_labels + target as usize],
            };
            self.sum -= probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
        }
        self.n += targets.len() as u64;
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }

    fn reset(&mut self) {
        (self.sum, self.n) = (0.0, 0);
    }
}

impl Merge for LogLoss {
    fn merge(&mut self, other: &Self) -> Result<()> {
        let same = (self.n_labels, self.is_binary) == (other.n_labels, other.is_binary);
        check_same(same, self.name())?;
        self.sum += other.sum;
        self.n += other.n;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
