//! Dropout on its way into a residual stream.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::{BLOCK, Mask};
use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::mode::Mode;
use crate::simd::dispatch;

/// `residual + dropout(x)` in one pass, with the mask that [`dropout`](crate::dropout) draws for
/// the same `p` and `mode`: what a layer with its norm in front adds to the residual stream.
///
/// # Shapes
/// - x, residual, output: any, the same
///
/// # Errors
/// If `p` is not in `[0, 1)` or the shapes differ.
pub fn add_dropout(x: &Tensor, residual: &Tensor, p: f64, mode: Mode) -> Result<Tensor> {
    if x.shape() != residual.shape() {
        bail!("add_dropout: x has shape {:?}, the residual {:?}", x.shape(), residual.shape());
    }
    match Mask::of_mode("add_dropout", p, mode)? {
        None => residual + x,
        Some(mask) if has_kernel(x) => {
            x.contiguous()?.apply_op2(&residual.contiguous()?, AddDropout { mask })
        }
        Some(mask) => residual + mask.composed(x)?,
    }
}

struct AddDropout {
    mask: Mask,
}

impl CustomOp2 for AddDropout {
    fn name(&self) -> &'static str {
        "add_dropout"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), x.dtype(), T => {
            let x: &[T] = contiguous(self.name(), x, x_layout)?;
            let residual: &[T] = contiguous(self.name(), residual, residual_layout)?;
            Ok(result(forward(self.mask, x, residual), x_layout.shape()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        residual: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dx = for_dtype!(self.name(), gradient.dtype(), T => {
            if x.track_op() {
                let dx = with_elements(self.name(), gradient, |gradient: &[T]| {
                    Ok(self.mask.masked(gradient))
                })?;
                Some(Tensor::from_vec(dx, x.shape(), x.device())?)
            } else {
                None
            }
        });
        Ok((dx, residual.track_op().then(|| gradient.clone())))
    }
}

fn forward<T: Element>(mask: Mask, x: &[T], residual: &[T]) -> Vec<T> {
    let mut out = vec![T::zero(); x.len()];
    let blocks = out.par_chunks_mut(BLOCK).zip(x.par_chunks(BLOCK)).zip(residual.par_chunks(BLOCK));
    blocks.enumerate().for_each(|(block, ((out, x), residual))| {
        dispatch(
            #[inline(always)]
            || {
                out.copy_from_slice(x);
                mask.apply(block * BLOCK, out);
                for (out, &residual) in out.iter_mut().zip(residual) {
                    *out += residual;
                }
            },
        );
    });
    out
}

#[cfg(test)]
mod tests;
