//! An affine map of each row: `y = x · wᵀ + b`.

use candle_core::{Result, Tensor};

use crate::param_store::Weight;

/// Applies `w` (and `b`, if given) to the last dimension of `x`, laid out as PyTorch's
/// `nn.Linear`.
///
/// # Shapes
/// - x: `(n, n_in)`
/// - w: `(n_out, n_in)`, b: `(n_out,)`
/// - output: `(n, n_out)`
///
/// # Errors
/// If the shapes do not fit.
pub fn linear(x: &Tensor, w: impl Into<Weight>, b: Option<Weight>) -> Result<Tensor> {
    let w: Weight = w.into();
    // candle's matmul folds some transposed views wrongly, so the left side is made contiguous.
    let y = x.contiguous()?.matmul(&w.tensor().t()?)?;
    match b {
        Some(b) => y.broadcast_add(b.tensor()),
        None => Ok(y),
    }
}

#[cfg(test)]
mod tests;
