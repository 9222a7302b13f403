//! Root-mean-square normalization (Zhang and Sennrich, 2019, arXiv:1910.07467), alone or together
//! with the residual connection and the dropout in front of it.

use std::ops::Range;

use candle_core::{Result, Tensor};

use crate::dropout::Mask;
use crate::mode::Mode;
use crate::norm::{Center, Norm, norm_heads};
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

/// [`rms_norm`] of some heads of each token, each by itself; the others stay as they are: of queries,
/// keys and values packed for [`self_attention`](crate::self_attention) those of the queries and
/// those of the keys (Henry et al., 2020, arXiv:2010.04245; Qwen3). One pass each way over all.
///
/// ```
/// # use candle_core::{DType, Device, Result, Tensor};
/// # use sconce_ops::rms_norm_heads;
/// # fn main() -> Result<()> {
/// // Two heads of queries and one each of keys and values, of four elements.
/// let qkv = Tensor::ones((5, 4 * 4), DType::F32, &Device::Cpu)?;
/// let w = Tensor::ones(4, DType::F32, &Device::Cpu)?;
/// let normed = rms_norm_heads(&qkv, &[(0..2, (&w).into()), (2..3, (&w).into())], 1e-6)?;
/// assert_eq!(normed.dims(), qkv.dims());
/// # Ok(())
/// # }
/// ```
///
/// # Shapes
/// - x: `(n_tokens, n_all_heads * head_dim)`
/// - each weight: `(head_dim,)`, for the heads of its range; ranges ascend and do not overlap
/// - output: as x
///
/// # Errors
/// If the shapes or types do not fit, there is no range or no such heads, or `eps` is negative.
pub fn rms_norm_heads(x: &Tensor, parts: &[(Range<usize>, Weight)], eps: f64) -> Result<Tensor> {
    let norm = Norm { op: "rms_norm_heads", center: Center::Zero, eps, mask: None };
    norm_heads(norm, x, parts)
}

#[cfg(test)]
mod tests;
