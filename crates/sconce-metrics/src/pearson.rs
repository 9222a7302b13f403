//! Pearson's correlation: how near the pairs are to a straight line.

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::numbers::Pairs;

/// The covariance by the product of the standard deviations, from -1 to 1.
///
/// 0 where it is not defined: fewer than two pairs, or all targets or all predictions equal. Keeps
/// the pairs, so that the means are exact before anything is subtracted from them.
///
/// ```
/// use sconce_metrics::{Metric, Pearson};
///
/// let mut pearson = Pearson::new();
/// pearson.update(&[1.0, 2.0], &[1.0, 2.0])?;
/// pearson.update(&[3.0], &[1.0])?;
/// assert_eq!(pearson.value(), 0.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pearson(Pairs);

impl Pearson {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric<f64> for Pearson {
    fn name(&self) -> &'static str {
        "pearson"
    }

    fn update(&mut self, targets: &[f64], predictions: &[f64]) -> Result<()> {
        self.0.update(targets, predictions)
    }

    fn value(&self) -> f64 {
        correlation(&self.0.targets, &self.0.predictions)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Of finite numbers, as many `x` as `y`.
pub(crate) fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (Some(x), Some(y)) = (centred(x), centred(y)) else { return 0.0 };
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    // One root of the product, which of two equal lists is exactly the sum of their squares.
    let correlation = product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt();
    // What rounding puts beyond 1.
    correlation.clamp(-1.0, 1.0)
}

/// The differences from the mean by the largest of them; `None` where all are 0.
fn centred(values: &[f64]) -> Option<Vec<f64>> {
    // A power of two, so that only the range changes: a million of the largest numbers add up.
    const SCALE: f64 = 1.0 / (1 << 20) as f64;
    let first = *values.first()?;
    if values.iter().all(|&value| value == first) {
        return None;
    }
    let mean = values.iter().map(|value| value * SCALE).sum::<f64>() / values.len() as f64;
    let mut centred: Vec<f64> = values.iter().map(|value| value * SCALE - mean).collect();
    // Squares of very large or small numbers would be out of range.
    let largest = centred.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if largest == 0.0 {
        return None;
    }
    centred.iter_mut().for_each(|value| *value /= largest);
    Some(centred)
}

impl Merge for Pearson {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
