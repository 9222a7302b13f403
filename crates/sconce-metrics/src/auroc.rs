//! The area under the ROC curve: Mann and Whitney's statistic (Hanley and McNeil 1982).

use crate::binary_scores::Scored;
use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;

/// The part of all pairs of a positive and a negative example in which the positive one has the
/// higher score; a pair of equal scores counts half. 0 where a class is absent.
///
/// Scores may be logits or probabilities: only their order counts.
///
/// ```
/// use sconce_metrics::{Auroc, Metric};
///
/// let mut auroc = Auroc::new();
/// auroc.update(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// assert_eq!(auroc.value(), 0.75);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Auroc(Scored);

impl Auroc {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric<bool, f64> for Auroc {
    fn name(&self) -> &'static str {
        "auroc"
    }

    fn update(&mut self, targets: &[bool], scores: &[f64]) -> Result<()> {
        self.0.update(targets, scores)
    }

    fn value(&self) -> f64 {
        let (mut above, mut negatives, mut twice_won) = (0u128, 0u128, 0u128);
        for level in self.0.levels() {
            let (positive, negative) = (u128::from(level.positive), u128::from(level.negative));
            twice_won += negative * (2 * above + positive);
            above += positive;
            negatives += negative;
        }
        let pairs = above * negatives;
        if pairs == 0 { 0.0 } else { twice_won as f64 / (2 * pairs) as f64 }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Merge for Auroc {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }
}
