//! The loss of a language model over all its tokens, and the perplexity.

use crate::error::Result;
use crate::merge::Merge;
use crate::numbers::check_finite;

/// Mean losses of batches, weighted by their tokens.
///
/// The mean of batches' means is not the mean of all tokens where batches differ in length; this
/// is. Losses are in nats, as cross-entropy gives them.
///
/// ```
/// use sconce_metrics::MeanLoss;
///
/// let mut loss = MeanLoss::new();
/// loss.update(2.0, 30)?; // the mean of 30 tokens
/// loss.update(4.0, 10)?;
/// assert_eq!(loss.value(), 2.5);
/// assert_eq!(loss.perplexity(), 2.5f64.exp());
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeanLoss {
    sum: f64,
    n_tokens: u64,
}

impl MeanLoss {
    /// The names of what it gives.
    pub(crate) const NAMES: [&'static str; 2] = ["loss", "perplexity"];

    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a batch with the mean loss of its `n_tokens` tokens. A batch without tokens counts
    /// nothing, whatever its loss: a mean over nothing is not a number.
    ///
    /// # Errors
    /// If the loss is not finite; then it is not counted.
    pub fn update(&mut self, mean_loss: f64, n_tokens: u64) -> Result<()> {
        if n_tokens == 0 {
            return Ok(());
        }
        check_finite("loss", &[mean_loss])?;
        self.sum += mean_loss * n_tokens as f64;
        self.n_tokens += n_tokens;
        Ok(())
    }

    /// The mean over all tokens; 0 before any.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.n_tokens == 0 { 0.0 } else { self.sum / self.n_tokens as f64 }
    }

    /// `exp` of the mean: among how many equally likely tokens the model hesitates. 0 before any
    /// token, infinite of a mean above 709.
    #[must_use]
    pub fn perplexity(&self) -> f64 {
        if self.n_tokens == 0 { 0.0 } else { self.value().exp() }
    }

    /// How many tokens were counted.
    #[must_use]
    pub fn n_tokens(&self) -> u64 {
        self.n_tokens
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// `loss` and `perplexity`.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        Self::NAMES.into_iter().zip([self.value(), self.perplexity()]).collect()
    }
}

impl Merge for MeanLoss {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.sum += other.sum;
        self.n_tokens += other.n_tokens;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
