//! The part of the tokens whose label is right, where some tokens have none.

use crate::counts::{check_lengths, ratio};
use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;

/// The target of a token that is not scored: a special token, or a word's second piece.
pub const IGNORE: u32 = u32::MAX;

/// Right labels by all labels, over tokens whose target is not [`IGNORE`]. Any other `u32` may be
/// a label.
///
/// ```
/// use sconce_metrics::{IGNORE, Metric, TokenAccuracy};
///
/// let mut accuracy = TokenAccuracy::new();
/// accuracy.update(&[IGNORE, 3, 5, IGNORE], &[0, 3, 4, 4])?;
/// assert_eq!(accuracy.value(), 0.5);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenAccuracy {
    right: u64,
    total: u64,
}

impl TokenAccuracy {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric for TokenAccuracy {
    fn name(&self) -> &'static str {
        "token_accuracy"
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        check_lengths(targets.len(), predictions.len())?;
        for (&target, &prediction) in targets.iter().zip(predictions) {
            self.right += u64::from(target == prediction && target != IGNORE);
            self.total += u64::from(target != IGNORE);
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        ratio(self.right, self.total)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Merge for TokenAccuracy {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.right += other.right;
        self.total += other.total;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
