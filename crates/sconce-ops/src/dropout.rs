//! Dropout (Srivastava et al., 2014): zeroes each element with probability `p` and scales the
//! others by `1 / (1 - p)`.
//!
//! The mask is a function of the [`DropoutKey`](crate::DropoutKey) and the element's place alone.
//! It is drawn again in the backward pass instead of being kept, and is the same for any number of
//! threads and on any device.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::mode::Mode;
use crate::random::Random;
use crate::simd::dispatch;

/// Elements that one task masks; even, since each draw of 64 bits serves two elements.
const BLOCK: usize = 1 << 12;

/// Drops elements of `x` in [`Mode::Train`]; gives `x` back in [`Mode::Eval`].
///
/// # Shapes
/// - x, output: any, the same
///
/// # Errors
/// If `p` is not in `[0, 1)`.
pub fn dropout(x: &Tensor, p: f64, mode: Mode) -> Result<Tensor> {
    if !(0. ..1.).contains(&p) {
        bail!("dropout: the probability must be at least 0 and below 1, got {p}");
    }
    let Mode::Train(key) = mode else { return Ok(x.clone()) };
    if p == 0. {
        return Ok(x.clone());
    }
    let op = Dropout { random: key.random(), p };
    if has_kernel(x) {
        return x.contiguous()?.apply_op1(op);
    }
    let ones = vec![1f32; x.elem_count()];
    let mask = Tensor::from_vec(op.mask(&ones), x.shape(), x.device())?;
    x * mask.to_dtype(x.dtype())?
}

struct Dropout {
    random: Random,
    p: f64,
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            Ok(result(self.mask::<T>(contiguous(self.name(), storage, layout)?), layout.shape()))
        })
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), gradient.dtype(), T => {
            with_elements(self.name(), gradient, |values: &[T]| {
                Tensor::from_vec(self.mask(values), gradient.shape(), gradient.device()).map(Some)
            })
        })
    }
}

impl Dropout {
    fn mask<T: Element>(&self, x: &[T]) -> Vec<T> {
        // An element is kept if its 32 random bits reach the threshold.
        let threshold = (self.p * (1u64 << 32) as f64) as u64;
        let scale = T::from_f64(1. / (1. - self.p));
        let random = self.random;
        let mut out = vec![T::zero(); x.len()];
        out.par_chunks_mut(BLOCK).zip(x.par_chunks(BLOCK)).enumerate().for_each(
            |(block, (out, x))| {
                let first = (block * BLOCK / 2) as u64;
                dispatch(
                    #[inline(always)]
                    || {
                        for (pair, (out, x)) in out.chunks_mut(2).zip(x.chunks(2)).enumerate() {
                            let bits = random.bits(first + pair as u64);
                            for (i, (out, &x)) in out.iter_mut().zip(x).enumerate() {
                                let bits = (bits >> (32 * i)) & 0xffff_ffff;
                                *out = if bits >= threshold { x * scale } else { T::zero() };
                            }
                        }
                    },
                );
            },
        );
        out
    }
}

#[cfg(test)]
mod tests;
