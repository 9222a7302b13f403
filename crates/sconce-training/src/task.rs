//! What is trained: the seam between the loop and the data.

use std::collections::BTreeMap;

use candle_core::Tensor;
use sconce_ops::{Mode, ParamStore};

use crate::error::Result;

/// Metrics of an evaluation, by name. Larger is better, but for names that end in `loss`.
pub type Evaluation = BTreeMap<String, f64>;

/// Loss of one batch.
#[derive(Debug)]
pub struct StepLoss {
    /// A scalar to back-propagate: the mean over the batch's examples.
    pub loss: Tensor,
    /// Examples that the mean is over.
    pub n_examples: usize,
}

/// Something to be trained.
pub trait Task: Sync {
    /// The parameters.
    fn store(&self) -> &ParamStore;

    /// The batches of an epoch (from 0), as rows of the training set: the same epoch gives the
    /// same batches.
    fn batches(&self, epoch: u64) -> Vec<Vec<usize>>;

    /// Loss of one batch.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss>;

    /// Metrics on the validation set, if there is one.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn evaluate(&self) -> Result<Option<Evaluation>>;
}
