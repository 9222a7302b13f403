//! Dropout (Srivastava et al., 2014): zeroes each element with probability `p` and scales the
//! others by `1 / (1 - p)`.
//!
//! The mask is a function of the [`DropoutKey`](crate::DropoutKey) and the element's place alone.
//! It is drawn again in the backward pass instead of being kept, and is the same for any number of
//! threads and on any device.

use candle_core::{CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::mode::Mode;
use crate::simd::dispatch;

mod add;
pub(crate) mod mask;

pub use self::add::add_dropout;
pub(crate) use self::mask::Mask;

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
    match Mask::new("dropout", p, mode)? {
        None => Ok(x.clone()),
        Some(mask) if has_kernel(x) => x.contiguous()?.apply_op1(Dropout { mask }),
        Some(mask) => masked(x, mask),
    }
}

/// Dropout by candle's own operations.
pub(crate) fn masked(x: &Tensor, mask: Mask) -> Result<Tensor> {
    // On the CPU first: not every device has every type.
    let n = x.elem_count();
    let factors = if x.dtype() == DType::F64 {
        Tensor::new(masked_elements(mask, &vec![1f64; n]), &Device::Cpu)?
    } else {
        Tensor::new(masked_elements(mask, &vec![1f32; n]), &Device::Cpu)?
    };
    x * factors.reshape(x.shape())?.to_dtype(x.dtype())?.to_device(x.device())?
}

struct Dropout {
    mask: Mask,
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            Ok(result(masked_elements(self.mask, x), layout.shape()))
        })
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), gradient.dtype(), T => {
            with_elements(self.name(), gradient, |values: &[T]| {
                let out = masked_elements(self.mask, values);
                Tensor::from_vec(out, gradient.shape(), gradient.device()).map(Some)
            })
        })
    }
}

fn masked_elements<T: Element>(mask: Mask, x: &[T]) -> Vec<T> {
    let mut out = vec![T::zero(); x.len()];
    out.par_chunks_mut(BLOCK).zip(x.par_chunks(BLOCK)).enumerate().for_each(|(block, (out, x))| {
        dispatch(
            #[inline(always)]
            || mask.apply(block * BLOCK, x, out),
        );
    });
    out
}

#[cfg(test)]
mod tests;
