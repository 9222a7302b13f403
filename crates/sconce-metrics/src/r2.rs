//! R², the part of the targets' variance that the predictions explain.

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::numbers::check_numbers;

/// `1 - sum((target - prediction)²) / sum((target - mean target)²)`: 1 at best, 0 for the mean of
/// the targets as prediction, below that without limit.
///
/// Where all targets are equal it is 1 if every prediction is right and 0 otherwise, as
/// scikit-learn has it; of fewer than two pairs 0.
///
/// ```
/// use sconce_metrics::{Metric, R2};
///
/// let mut r2 = R2::new();
/// r2.update(&[1.0, 2.0, 3.0], &[1.0, 2.0, 4.0])?;
/// assert_eq!(r2.value(), 0.5);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct R2 {
    /// The first target. The others are taken relative to it: far from zero their spread would be
    /// lost in rounding.
    origin: f64,
    mean: f64,
    spread: f64,
    error: f64,
    n: u64,
}

impl R2 {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric<f64> for R2 {
    fn name(&self) -> &'static str {
        "r2"
    }

    fn update(&mut self, targets: &[f64], predictions: &[f64]) -> Result<()> {
        check_numbers(targets, predictions)?;
        for (&target, &prediction) in targets.iter().zip(predictions) {
            if self.n == 0 {
                self.origin = target;
            }
            self.n += 1;
            // Welford's update of the mean and the sum of squared differences from it.
            let difference = target - self.origin - self.mean;
            self.mean += difference / self.n as f64;
            self.spread += difference * (target - self.origin - self.mean);
            self.error += (target - prediction).powi(2);
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.n < 2 {
            0.0
        } else if self.spread == 0.0 {
            f64::from(u8::from(self.error == 0.0))
        } else {
            1.0 - self.error / self.spread
        }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Merge for R2 {
    fn merge(&mut self, other: &Self) -> Result<()> {
        if self.n == 0 {
            *self = other.clone();
        } else if other.n > 0 {
            // The means of both relative to this origin (Chan, Golub and LeVeque 1979).
            let (n, more) = (self.n as f64, other.n as f64);
            let difference = other.origin - self.origin + other.mean - self.mean;
            self.mean += difference * more / (n + more);
            self.spread += other.spread + difference * difference * n * more / (n + more);
            self.error += other.error;
            self.n += other.n;
        }
        Ok(())
    }
}
