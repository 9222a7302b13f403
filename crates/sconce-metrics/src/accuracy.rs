//! The part of the predictions that equal their targets.

use crate::counts::{check_lengths, ratio};
use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;

/// Right predictions by all predictions. Any `u32` may be a label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accuracy {
    right: u64,
    total: u64,
}

impl Accuracy {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        check_lengths(targets.len(), predictions.len())?;
        let right = targets.iter().zip(predictions).filter(|(t, p)| t == p).count();
        self.right += right as u64;
        self.total += targets.len() as u64;
        Ok(())
    }

    fn value(&self) -> f64 {
        ratio(self.right, self.total)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Merge for Accuracy {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.right += other.right;
        self.total += other.total;
        Ok(())
    }
}
