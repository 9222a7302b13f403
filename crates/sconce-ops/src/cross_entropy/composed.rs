//! The same by candle's own operations.

use candle_core::{D, DType, Result, Tensor};

use super::targets::Targets;
use crate::element::host_tensor;
use crate::reduction::Reduction;
use crate::softmax::log_softmax_composed;

/// The target's log-probability is gathered; half precision is computed in single.
pub(super) fn loss(logits: &Tensor, targets: &Targets, reduction: Reduction) -> Result<Tensor> {
    let dtype = logits.dtype();
    let is_half = matches!(dtype, DType::F16 | DType::BF16);
    let logits = if is_half { logits.to_dtype(DType::F32)? } else { logits.clone() };
    let log_probs = log_softmax_composed(&logits)?;
    let (n, device) = (targets.n_rows(), logits.device());
    let mut labels = vec![0u32; n];
    let mut counts = vec![0u8; n];
    let mut weights = vec![0f64; n];
    for (row, label) in targets.counted() {
        labels[row] = label as u32;
        counts[row] = 1;
        weights[row] = -(1. - targets.smoothing()) * targets.class_weight(label);
    }
    let labels = Tensor::from_vec(labels, (n, 1), device)?;
    // On the CPU first: not every device has double precision.
    let constant = |values: Vec<f64>| {
        let n = values.len();
        host_tensor(values, n)?.to_dtype(logits.dtype())?.to_device(device)
    };
    let mut losses = (log_probs.gather(&labels, 1)?.squeeze(1)? * constant(weights)?)?;
    if targets.smoothing() > 0. {
        let n_labels = targets.n_labels();
        let each = targets.smoothing() / n_labels as f64;
        let weights = (0..n_labels).map(|label| -each * targets.class_weight(label)).collect();
        let all = log_probs.broadcast_mul(&constant(weights)?)?.sum(D::Minus1)?;
        losses = (losses + all)?;
    }
    let counts = Tensor::from_vec(counts, n, device)?;
    let losses = counts.where_cond(&losses, &losses.zeros_like()?)?;
    reduction.composed(&losses, targets.total_weight())?.to_dtype(dtype)
}
