//! Accuracy as if all labels were equally common.

use crate::confusion_matrix::ConfusionMatrix;
use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;

/// The mean recall over the labels that targets have.
///
/// ```
/// use sconce_metrics::{BalancedAccuracy, Metric};
///
/// let mut accuracy = BalancedAccuracy::new(2);
/// accuracy.update(&[0, 0, 0, 1], &[0, 0, 0, 0])?;
/// assert_eq!(accuracy.value(), 0.5);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancedAccuracy(ConfusionMatrix);

impl BalancedAccuracy {
    /// Over labels 0 to `n_labels`.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        Self(ConfusionMatrix::new(n_labels))
    }
}

impl Metric for BalancedAccuracy {
    fn name(&self) -> &'static str {
        "balanced_accuracy"
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        self.0.update(targets, predictions)
    }

    fn value(&self) -> f64 {
        self.0.balanced_accuracy()
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

impl Merge for BalancedAccuracy {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0)
    }
}
