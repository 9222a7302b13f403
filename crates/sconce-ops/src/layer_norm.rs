//! Layer normalization (Ba, Kiros and Hinton, 2016, arXiv:1607.06450), alone or together with the
//! residual connection and the dropout in front of it.

use candle_core::{Result, Tensor};

use crate::dropout::Mask;
use crate::mode::Mode;
use crate::norm::{Center, Norm};
use crate::param_store::Weight;

/// Normalizes the last dimension: `y = (x - mean) / sqrt(variance + eps) · w + b`, the variance
/// being the mean squared distance from the mean.
///
/// # Shapes
/// - x, output: `(.., dim)`, at least one dimension
/// - w, b: `(dim,)`
///
/// # Errors
/// If the shapes or types do not fit, or `eps` is negative.
pub fn layer_norm(x: &Tensor, w: impl Into<Weight>, b: Option<Weight>, eps: f64) -> Result<Tensor> {
    let norm = Norm { op: "layer_norm", center: Center::Mean, eps, mask: None };
    norm.apply(x, None, w.into(), b)
}

/// `layer_norm(residual + dropout(x))` in one pass each way: the end of a sublayer whose norm comes
/// last (Vaswani et al., 2017, arXiv:1706.03762). The mask is that of [`dropout`](crate::dropout)
/// for the same `dropout_p` and `mode`.
///
/// # Shapes
/// - x, residual, output: `(.., dim)`, at least one dimension
/// - w, b: `(dim,)`
///
/// # Errors
/// If the shapes or types do not fit, `eps` is negative, or `dropout_p` is not in `[0, 1)`.
pub fn add_layer_norm(
    x: &Tensor,
    residual: &Tensor,
    w: impl Into<Weight>,
    b: Option<Weight>,
    eps: f64,
    dropout_p: f64,
    mode: Mode,
) -> Result<Tensor> {
    let mask = Mask::of_mode("add_layer_norm", dropout_p, mode)?;
    let norm = Norm { op: "add_layer_norm", center: Center::Mean, eps, mask };
    norm.apply(x, Some(residual), w.into(), b)
}

#[cfg(test)]
mod tests;
