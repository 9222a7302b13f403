//! Parts that were counted apart, put together.

use crate::error::{Result, TextError};

/// Counts that can be added: shards of a data set, each counted by its own worker.
///
/// What is merged equals what one metric would have counted over all parts in order; sums of
/// fractions may differ in the last digits, which depend on the order of an addition.
///
/// ```
/// use sconce_metrics::{Accuracy, Merge, Metric};
///
/// let (mut first, mut second) = (Accuracy::new(), Accuracy::new());
/// first.update(&[1, 0], &[1, 0])?;
/// second.update(&[1, 1], &[1, 0])?;
/// first.merge(&second)?;
/// assert_eq!(first.value(), 0.75);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
pub trait Merge {
    /// Adds everything that `other` counted.
    ///
    /// # Errors
    /// If the two were made with different settings; then nothing is added.
    fn merge(&mut self, other: &Self) -> Result<()>;
}

/// Refuses to merge what `same` says is not of one kind.
pub(crate) fn check_same(same: bool, metric: &'static str) -> Result<()> {
    if same { Ok(()) } else { Err(TextError::SettingsDiffer { metric }.into()) }
}

#[cfg(test)]
mod tests;
