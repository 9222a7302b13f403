//! Losses of examples that have several labels, or numbers.

use candle_core::{Result, Tensor, bail};
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Reduction, bce_with_logits, mean_squared_error};

/// Binary cross-entropy of each label of each example, the mean over all of them.
///
/// # Shapes
/// - logits: `(batch, n_labels)`; targets: `batch · n_labels`, row by row, from 0 to 1
/// - pos_weight: `(n_labels,)`, weights of the positive targets, 1 without
/// - output: a scalar
///
/// # Errors
/// If the numbers of targets or weights do not fit.
pub fn multi_label_loss(
    logits: &Tensor,
    targets: &[f32],
    pos_weight: Option<&Tensor>,
) -> Result<Tensor> {
    let targets = like("multi_label_loss", targets, logits)?;
    bce_with_logits(logits, &targets, pos_weight, None, Reduction::Mean)
}

/// Mean squared error of the numbers that were asked for.
///
/// # Shapes
/// - predictions: `(batch,)` or `(batch, n)`; targets: as many, row by row
/// - output: a scalar
///
/// # Errors
/// If the numbers do not fit.
pub fn regression_loss(predictions: &Tensor, targets: &[f32]) -> Result<Tensor> {
    mean_squared_error(predictions, &like("regression_loss", targets, predictions)?)
}

/// What the mean loss of these targets divides by: how many count, or the sum of their classes'
/// weights. The [`weight`](crate::StepLoss::weight) of a step.
pub fn target_weight(loss: &CrossEntropy, targets: &[u32]) -> f64 {
    let counted = targets.iter().filter(|target| **target != IGNORE_INDEX);
    match &loss.class_weights {
        None => counted.count() as f64,
        Some(weights) => {
            counted.filter_map(|&target| weights.get(target as usize)).map(|&w| f64::from(w)).sum()
        }
    }
}

/// Targets as a tensor of the shape and type of what they are compared with.
fn like(op: &str, targets: &[f32], other: &Tensor) -> Result<Tensor> {
    if targets.len() != other.elem_count() {
        bail!("{op}: {} targets for an output of shape {:?}", targets.len(), other.shape());
    }
    Tensor::from_slice(targets, other.shape(), other.device())?.to_dtype(other.dtype())
}
