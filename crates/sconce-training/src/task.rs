//! What is trained: the seam between the loop and the data.

use std::collections::BTreeMap;

use candle_core::Tensor;
use sconce_ops::{Mode, ParamStore};

use crate::error::Result;

/// Metrics of an evaluation, by name. Larger is better, unless [`is_smaller_better`] says otherwise.
pub type Evaluation = BTreeMap<String, f64>;

/// Whether a metric of this name is better when it is smaller: losses, errors and perplexities.
pub fn is_smaller_better(metric: &str) -> bool {
    let ends = ["loss", "error", "perplexity", "mse", "rmse", "mae", "ece", "wer"];
    let last = metric.rsplit(['_', '-', ' ', '/']).next().unwrap_or(metric);
    metric.ends_with("loss") || ends.contains(&last)
}

/// Loss of one batch.
#[derive(Debug)]
pub struct StepLoss {
    /// A scalar to back-propagate: a mean over the batch.
    pub loss: Tensor,
    /// Examples of the batch, for the examples per second.
    pub n_examples: usize,
    /// What the mean divides by: the number of targets (of tokens that are not ignored, say), or
    /// the sum of their weights. Several batches count by it, where they make one step or are
    /// averaged, so that the result is that of one large batch. A batch of weight 0 teaches nothing.
    pub weight: f64,
}

impl StepLoss {
    /// A loss that is the mean over the examples.
    pub fn new(loss: Tensor, n_examples: usize) -> Self {
        Self { loss, n_examples, weight: n_examples as f64 }
    }

    /// A loss that is the mean over something else than the examples, which weighs this much.
    #[must_use]
    pub fn weighted(self, weight: f64) -> Self {
        Self { weight, ..self }
    }
}

/// Something to be trained.
pub trait Task: Sync {
    /// The parameters.
    fn store(&self) -> &ParamStore;

    /// The batches of an epoch (from 0), as rows of the training set: the same epoch gives the
    /// same batches. Epochs may differ in their number, but steps are counted by the first.
    fn batches(&self, epoch: u64) -> Vec<Vec<usize>>;

    /// Loss of one batch.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss>;

    /// Metrics on the validation set, if there is one. Nothing is kept for a backward pass.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn evaluate(&self) -> Result<Option<Evaluation>>;

    /// The metric that says which weights are best, where the trainer's settings name none.
    fn metric(&self) -> &str {
        "loss"
    }
}

#[cfg(test)]
mod tests;
