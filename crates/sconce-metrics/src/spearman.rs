//! Spearman's correlation: how near the pairs are to one order.

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::numbers::Pairs;
use crate::pearson::correlation;

/// Pearson's correlation of the ranks, equal numbers sharing the mean of their ranks; from -1 to 1.
///
/// 0 where it is not defined: fewer than two pairs, or all targets or all predictions equal.
///
/// ```
/// use sconce_metrics::{Metric, Spearman};
///
/// let mut spearman = Spearman::new();
/// spearman.update(&[1.0, 2.0, 3.0, 4.0], &[5.0, 60.0, 60.0, 700.0])?;
/// assert!((spearman.value() - 0.9f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spearman(Pairs);

impl Spearman {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric<f64> for Spearman {
    fn name(&self) -> &'static str {
        "spearman"
    }

    fn update(&mut self, targets: &[f64], predictions: &[f64]) -> Result<()> {
        self.0.update(targets, predictions)
    }

    fn value(&self) -> f64 {
        correlation(&average_ranks(&self.0.targets), &average_ranks(&self.0.predictions))
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Ranks from 1; equal numbers share the mean of theirs.
fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // The total order puts -0 before 0, but by `==` they are one number.
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|&index| ranks[index] = rank);
        before += equal.len();
    }
    ranks
}

impl Merge for Spearman {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
