//! The mean of each sentence's tokens: `out[i] = mean(x[offsets[i]..offsets[i + 1]])`.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::offsets::Offsets;
use crate::simd::{axpy, dispatch};

/// Averages the tokens of each row of a packed batch; a row without tokens gives zeros.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If the offsets do not cover the tokens of `x`.
pub fn mean_over_time(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    let (n_tokens, _) = x.dims2()?;
    offsets.expect_tokens("mean_over_time", n_tokens)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op1(Mean { offsets: offsets.clone() })
    } else {
        composed(x, offsets)
    }
}

/// The same as a product with the matrix of averaging weights, by candle's own operations.
fn composed(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    let n_tokens = offsets.n_tokens();
    let mut weights = vec![0f32; offsets.n_rows() * n_tokens];
    for (row, tokens) in offsets.iter().enumerate() {
        let share = 1. / tokens.len().max(1) as f32;
        weights[row * n_tokens..][tokens].fill(share);
    }
    let weights = Tensor::from_vec(weights, (offsets.n_rows(), n_tokens), x.device())?;
    weights.to_dtype(x.dtype())?.matmul(&x.contiguous()?)
}

struct Mean {
    offsets: Offsets,
}

impl CustomOp1 for Mean {
    fn name(&self) -> &'static str {
        "mean_over_time"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = layout.dims()[1];
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            Ok(result(self.forward(x, dim), (self.offsets.n_rows(), dim)))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), x.dtype(), T => {
            with_elements(self.name(), gradient, |gradient: &[T]| {
                Tensor::from_vec(self.backward(gradient, x.dim(1)?), x.shape(), x.device()).map(Some)
            })
        })
    }
}

impl Mean {
    fn forward<T: Element>(&self, x: &[T], dim: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.offsets.n_rows() * dim];
        out.par_chunks_mut(dim.max(1)).enumerate().for_each(|(row, out)| {
            let tokens = self.offsets.range(row);
            let share = T::one() / T::from_f64(tokens.len().max(1) as f64);
            dispatch(
                #[inline(always)]
                || {
                    for token in tokens {
                        axpy(share, &x[token * dim..][..dim], out);
                    }
                },
            );
        });
        out
    }

    fn backward<T: Element>(&self, gradient: &[T], dim: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.offsets.n_tokens() * dim];
        for (row, tokens) in self.offsets.iter().enumerate() {
            let share = T::one() / T::from_f64(tokens.len().max(1) as f64);
            for out in out[tokens.start * dim..tokens.end * dim].chunks_exact_mut(dim.max(1)) {
                for (out, &gradient) in out.iter_mut().zip(&gradient[row * dim..]) {
                    *out = share * gradient;
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
