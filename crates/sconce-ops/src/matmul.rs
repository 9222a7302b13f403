//! Products of any matrices, whatever views they are.
//!
//! candle 0.11.1 multiplies some views wrongly without an error (a transposed left side of three or
//! four dimensions with a shared right side), so operands are laid out contiguously first.

use candle_core::{D, Result, Tensor};

use crate::linear::linear;

/// `a · b` over the last two dimensions; the dimensions before them are matched or broadcast.
///
/// # Shapes
/// - a: `(.., m, k)`, b: `(.., k, n)`
/// - output: `(.., m, n)`
///
/// # Errors
/// If the shapes do not fit.
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.contiguous()?.broadcast_matmul(&b.contiguous()?)
}

/// `a · bᵀ` over the last two dimensions; see [`matmul`].
///
/// # Shapes
/// - a: `(.., m, k)`, b: `(.., n, k)`
/// - output: `(.., m, n)`
///
/// # Errors
/// If the shapes do not fit.
pub fn matmul_transposed(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if b.rank() == 2 && a.rank() >= 2 {
        // A linear layer: `b` is read as it lies.
        return linear(a, b, None);
    }
    matmul(a, &b.transpose(D::Minus2, D::Minus1)?)
}

#[cfg(test)]
mod tests;
