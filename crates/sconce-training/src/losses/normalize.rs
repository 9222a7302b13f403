//! Rows of length 1.

use candle_core::{D, Result, Tensor};

/// Norms are taken as at least this, as PyTorch's `normalize` does.
const EPS: f64 = 1e-12;

/// Each row divided by its Euclidean norm, or by 1e-12 if that is larger: a row of zeros stays so,
/// and its gradient is a number.
///
/// # Shapes
/// - x, output: `(.., dim)`
///
/// # Errors
/// If `x` is a scalar.
pub fn normalize_rows(x: &Tensor) -> Result<Tensor> {
    let square = x.sqr()?.sum_keepdim(D::Minus1)?;
    // The root has no slope at zero: the larger one is chosen before it is taken.
    let least = (square.detach().ones_like()? * (EPS * EPS))?;
    let norm = square.gt(&least)?.where_cond(&square, &least)?.sqrt()?;
    x.broadcast_div(&norm)
}
