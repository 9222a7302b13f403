//! Average precision: the area under the steps of the precision-recall curve.

use crate::binary_scores::Scored;
use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;

/// The mean, over positive examples, of the precision among the examples that score at least as
/// high. 0 where nothing is positive.
///
/// ```
/// use sconce_metrics::{AveragePrecision, Metric};
///
/// let mut precision = AveragePrecision::new();
/// precision.update(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// assert_eq!(precision.value(), (1.0 + 2.0 / 3.0) / 2.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AveragePrecision(Scored);

impl AveragePrecision {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric<bool, f64> for AveragePrecision {
    fn name(&self) -> &'static str {
        "average_precision"
    }

    fn update(&mut self, targets: &[bool], scores: &[f64]) -> Result<()> {
        self.0.update(targets, scores)
    }

    fn value(&self) -> f64 {
        let (mut positives, mut all, mut sum) = (0, 0, 0.0);
        for level in self.0.levels() {
            positives += level.positive;
            all += level.positive + level.negative;
            sum += level.positive as f64 * (positives as f64 / all as f64);
        }
        if positives == 0 { 0.0 } else { sum / positives as f64 }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Merge for AveragePrecision {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }
}
