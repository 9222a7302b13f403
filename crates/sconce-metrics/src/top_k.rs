//! Whether the right label is among those with the highest scores.

use crate::counts::{check_labels, ratio};
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;
use crate::numbers::check_finite;
use crate::probabilities::check_rows;

/// The part of the examples whose label is among the `k` with the highest scores; of equal scores
/// the later label comes first, as in scikit-learn. Scores may be logits or probabilities.
///
/// ```
/// use sconce_metrics::{Metric, TopKAccuracy};
///
/// let mut accuracy = TopKAccuracy::new(3, 2);
/// accuracy.update(&[0, 1], &[0.3, 0.5, 0.2, 0.6, 0.1, 0.3])?;
/// assert_eq!(accuracy.value(), 0.5);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopKAccuracy {
    n_labels: usize,
    k: usize,
    right: u64,
    total: u64,
}

impl TopKAccuracy {
    /// Of labels 0 to `n_labels`; a batch has `(examples, n_labels)` scores, row by row.
    #[must_use]
    pub fn new(n_labels: usize, k: usize) -> Self {
        Self { n_labels, k, right: 0, total: 0 }
    }
}

impl Metric<u32, f64> for TopKAccuracy {
    /// `top_k_accuracy` of a `k` that the catalogue does not have.
    fn name(&self) -> &'static str {
        match self.k {
            3 => "top_3_accuracy",
            5 => "top_5_accuracy",
            _ => "top_k_accuracy",
        }
    }

    fn update(&mut self, targets: &[u32], scores: &[f64]) -> Result<()> {
        check_labels("target", targets, self.n_labels)?;
        check_rows(targets, scores, "scores", self.n_labels)?;
        check_finite("score", scores)?;
        for (&target, row) in targets.iter().zip(scores.chunks(self.n_labels.max(1))) {
            let (target, score) = (target as usize, row[target as usize]);
            let is_before = |&(label, other): &(usize, &f64)| {
                *other > score || (*other == score && label > target)
            };
            self.right += u64::from(row.iter().enumerate().filter(is_before).count() < self.k);
        }
        self.total += targets.len() as u64;
        Ok(())
    }

    fn value(&self) -> f64 {
        ratio(self.right, self.total)
    }

    fn reset(&mut self) {
        (self.right, self.total) = (0, 0);
    }
}

impl Merge for TopKAccuracy {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same((self.n_labels, self.k) == (other.n_labels, other.k), self.name())?;
        self.right += other.right;
        self.total += other.total;
        Ok(())
    }
}
