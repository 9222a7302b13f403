//! Gated activations: `f(a) · b` of the two halves of each row (Shazeer, 2020, *GLU variants improve
//! transformer*, arXiv:2002.05202). With SiLU this is the SwiGLU of the Llama family.

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::activation::Activation;
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, result};
use crate::simd::dispatch;

/// Elements of output that one task computes, about.
const BLOCK: usize = 1 << 12;

const OP: &str = "gated_activation";

/// Applies `activation` to the first half of each row and multiplies by the second. The halves come
/// from one [`linear_stacked`](crate::linear_stacked).
///
/// # Shapes
/// - x: `(.., 2 dim)`
/// - output: `(.., dim)`
///
/// # Errors
/// If the last dimension is odd.
pub fn gated_activation(x: &Tensor, activation: Activation) -> Result<Tensor> {
    let width = x.dim(D::Minus1)?;
    if !width.is_multiple_of(2) {
        bail!("{OP}: the last dimension must be even, got shape {:?}", x.shape());
    }
    if has_kernel(x) {
        return x.contiguous()?.apply_op1(Gated { activation, dim: width / 2 });
    }
    composed(x, activation)
}

/// The same by candle's own operations.
fn composed(x: &Tensor, activation: Activation) -> Result<Tensor> {
    let halves = x.chunk(2, D::Minus1)?;
    activation.composed(&halves[0])? * &halves[1]
}

struct Gated {
    activation: Activation,
    dim: usize,
}

impl Gated {
    fn rows_a_block(&self) -> usize {
        (BLOCK / self.dim.max(1)).max(1)
    }

    fn forward<T: Element>(&self, x: &[T]) -> Vec<T> {
        let dim = self.dim;
        let mut out = vec![T::zero(); x.len() / 2];
        let n = self.rows_a_block() * dim.max(1);
        out.par_chunks_mut(n).zip(x.par_chunks(2 * n)).for_each(|(out, x)| {
            dispatch(
                #[inline(always)]
                || {
                    for (out, x) in out.chunks_exact_mut(dim).zip(x.chunks_exact(2 * dim)) {
                        out.copy_from_slice(&x[..dim]);
                        self.activation.map(out);
                        out.iter_mut().zip(&x[dim..]).for_each(|(out, &b)| *out *= b);
                    }
                },
            );
        });
        out
    }

    /// `da = dy · b · f'(a)`, `db = dy · f(a)`.
    fn backward<T: Element>(&self, x: &[T], dy: &[T]) -> Vec<T> {
        let dim = self.dim;
        let mut dx = vec![T::zero(); x.len()];
        let n = self.rows_a_block() * dim.max(1);
        let blocks = x.par_chunks(2 * n).zip(dy.par_chunks(n));
        dx.par_chunks_mut(2 * n).zip(blocks).for_each(|(dx, (x, dy))| {
            dispatch(
                #[inline(always)]
                || {
                    let rows = x.chunks_exact(2 * dim).zip(dy.chunks_exact(dim));
                    for (dx, (x, dy)) in dx.chunks_exact_mut(2 * dim).zip(rows) {
                        self.backward_row(x, dy, dx);
                    }
                },
            );
        });
        dx
    }

    #[inline(always)]
    fn backward_row<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) {
        let (a, b) = x.split_at(self.dim);
        let (da, db) = dx.split_at_mut(self.dim);
        db.copy_from_slice(a);
        self.activation.map(db);
        for ((da, &b), &dy) in da.iter_mut().zip(b).zip(dy) {
            *da = dy * b;
        }
        // `db` still holds the activation's values.
        let kept: &[T] = if self.activation.derives_from_output() { db } else { a };
        self.activation.pull_back(kept, da);
        db.iter_mut().zip(dy).for_each(|(db, &dy)| *db *= dy);
    }
}

impl CustomOp1 for Gated {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut shape = layout.dims().to_vec();
        shape.pop();
        shape.push(self.dim);
        for_dtype!(OP, x.dtype(), T => {
            Ok(result(self.forward::<T>(contiguous(OP, x, layout)?), shape))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        for_dtype!(OP, x.dtype(), T => {
            let dx = self.backward(&elements::<T>(OP, x)?, &elements::<T>(OP, &gradient)?);
            Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
        })
    }
}

#[cfg(test)]
mod tests;
