//! Root-mean-square normalization (Zhang and Sennrich, 2019, arXiv:1910.07467), alone or together
//! with the residual connection and the dropout in front of it.

use candle_core::{Result, Tensor};

use crate::dropout::Mask;
use crate::mode::Mode;
use crate::norm::{Center, Norm};
use crate::param_store::Weight;

/// Scales the last dimension: `y = x / sqrt(mean(x²) + eps) · w`.
///
/// In half precision it is computed in `f32` and rounded before the product with `w`, as Llama's.
///
/// # Shapes
/// - x, output: `(.., dim)`, at least one dimension
/// - w: `(dim,)`
///
/// # Errors
/// If the shapes or types do not fit, or `eps` is negative.
pub fn rms_norm(x: &Tensor, w: impl Into<Weight>, eps: f64) -> Result<Tensor> {
    let norm = Norm { op: "rms_norm", center: Center::Zero, eps, mask: None };
    norm.apply(x, None, w.into(), None)
}

/// `rms_norm(residual + dropout(x))` in one pass each way. The mask is that of
/// [`dropout`](crate::dropout) for the same `dropout_p` and `mode`.
///
/// # Shapes
/// - x, residual, output: `(.., dim)`, at least one dimension
/// - w: `(dim,)`
///
/// # Errors
/// If the shapes or types do not fit, `eps` is negative, or `dropout_p` is not in `[0, 1)`.
pub fn add_rms_norm(
    x: &Tensor,
    residual: &Tensor,
    w: impl Into<Weight>,
    eps: f64,
    dropout_p: f64,
    mode: Mode,
) -> Result<Tensor> {
    let mask = Mask::of_mode("add_rms_norm", dropout_p, mode)?;
    let norm = Norm { op: "add_rms_norm", center: Center::Zero, eps, mask };
    norm.apply(x, Some(residual), w.into(), None)
}

#[cfg(test)]
mod tests;
