//! Dropout (Srivastava et al., 2014): zeroes each element with probability `p` and scales the
//! others by `1 / (1 - p)`.
//!
//! The mask is a function of the [`DropoutKey`](crate::DropoutKey) and the element's place alone.
//! It is drawn again in the backward pass instead of being kept, and is the same for any number of
//! threads and on any device.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::element::{
    Element, contiguous, for_dtype, has_kernel, host_tensor, result, with_elements,
};
use crate::mode::{DropoutKey, Mode};
use crate::random::Random;
use crate::simd::dispatch;

mod add;

pub use self::add::add_dropout;

/// Elements that one task masks: whole groups.
const BLOCK: usize = 1 << 12;

/// Elements that draw together: each of half as many 64-bit numbers serves one element of the first
/// half with its low bits and one of the second half with its high bits, so that whole vectors of
/// either are compared at a time.
pub(crate) const GROUP: usize = 64;

/// Drops elements of `x` in [`Mode::Train`]; gives `x` back in [`Mode::Eval`].
///
/// # Shapes
/// - x, output: any, the same
///
/// # Errors
/// If `p` is not in `[0, 1)`.
pub fn dropout(x: &Tensor, p: f64, mode: Mode) -> Result<Tensor> {
    match Mask::of_mode("dropout", p, mode)? {
        None => Ok(x.clone()),
        Some(mask) if has_kernel(x) => x.contiguous()?.apply_op1(mask),
        Some(mask) => mask.composed(x),
    }
}

/// Which elements are dropped: a function of the key and an element's place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mask {
    random: Random,
    /// An element is kept if its 32 random bits reach this.
    threshold: u32,
    /// What a kept element is multiplied by.
    scale: f64,
}

impl Mask {
    /// The mask of a key, for a probability in `[0, 1)`.
    pub(crate) fn new(key: DropoutKey, p: f64) -> Self {
        let threshold = (p * (1u64 << 32) as f64) as u32;
        Self { random: key.random(), threshold, scale: 1. / (1. - p) }
    }

    /// The mask of a mode; none if nothing is dropped.
    ///
    /// # Errors
    /// If `p` is not in `[0, 1)`.
    pub(crate) fn of_mode(op: &'static str, p: f64, mode: Mode) -> Result<Option<Self>> {
        if !(0. ..1.).contains(&p) {
            bail!("{op}: the probability must be at least 0 and below 1, got {p}");
        }
        Ok(match mode {
            Mode::Train(key) if p > 0. => Some(Self::new(key, p)),
            _ => None,
        })
    }

    /// What elements from place `first` on are multiplied by: 0, or the scale of those kept.
    #[inline(always)]
    pub(crate) fn factors<T: Element>(&self, first: usize, out: &mut [T]) {
        out.fill(T::one());
        self.apply_anywhere(first, out);
    }

    /// [`apply`](Self::apply) to elements that may begin within a group.
    #[inline(always)]
    pub(crate) fn apply_anywhere<T: Element>(&self, first: usize, values: &mut [T]) {
        let within = first % GROUP;
        let mut rest = values;
        let mut aligned = first;
        if within > 0 {
            let n = rest.len().min(GROUP - within);
            let (head, tail) = rest.split_at_mut(n);
            let mut group = [T::one(); GROUP];
            self.apply(first - within, &mut group);
            for (value, &factor) in head.iter_mut().zip(&group[within..]) {
                *value = kept(factor, *value);
            }
            (rest, aligned) = (tail, first + n);
        }
        if !rest.is_empty() {
            self.apply(aligned, rest);
        }
    }

    /// Masks some consecutive elements, the first of which is element `first` of all, a multiple of
    /// [`GROUP`].
    #[inline(always)]
    pub(crate) fn apply<T: Element>(&self, first: usize, values: &mut [T]) {
        debug_assert_eq!(first % GROUP, 0);
        let (threshold, scale) = (self.threshold, T::from_f64(self.scale));
        let keep = |value: &mut T, bits: u32| {
            *value = if bits >= threshold { *value * scale } else { T::zero() };
        };
        for (group, values) in values.chunks_mut(GROUP).enumerate() {
            let first = ((first / GROUP + group) * (GROUP / 2)) as u64;
            let mut draws = [0u64; GROUP / 2];
            for (i, draw) in draws.iter_mut().enumerate() {
                *draw = self.random.bits(first + i as u64);
            }
            let (low, high) = values.split_at_mut(values.len().min(GROUP / 2));
            low.iter_mut().zip(&draws).for_each(|(value, &bits)| keep(value, bits as u32));
            high.iter_mut().zip(&draws).for_each(|(value, &bits)| keep(value, (bits >> 32) as u32));
        }
    }

    /// Dropout by candle's own operations.
    pub(crate) fn composed(&self, x: &Tensor) -> Result<Tensor> {
        // On the CPU first: not every device has every type.
        let n = x.elem_count();
        let factors = if x.dtype() == DType::F64 {
            host_tensor(self.masked(&vec![1f64; n]), n)?
        } else {
            host_tensor(self.masked(&vec![1f32; n]), n)?
        };
        x * factors.reshape(x.shape())?.to_dtype(x.dtype())?.to_device(x.device())?
    }

    /// The masked copy of all elements.
    pub(crate) fn masked<T: Element>(&self, x: &[T]) -> Vec<T> {
        let mut out = x.to_vec();
        out.par_chunks_mut(BLOCK).enumerate().for_each(|(block, out)| {
            dispatch(
                #[inline(always)]
                || self.apply(block * BLOCK, out),
            );
        });
        out
    }
}

/// `factor · x`; 0 if the factor is 0, also where `x` is not finite.
#[inline(always)]
pub(crate) fn kept<T: Element>(factor: T, x: T) -> T {
    let scaled = factor * x;
    if factor == T::zero() { T::zero() } else { scaled }
}

impl CustomOp1 for Mask {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            Ok(result(self.masked::<T>(contiguous(self.name(), storage, layout)?), layout.shape()))
        })
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), gradient.dtype(), T => {
            with_elements(self.name(), gradient, |values: &[T]| {
                Tensor::from_vec(self.masked(values), gradient.shape(), gradient.device()).map(Some)
            })
        })
    }
}

#[cfg(test)]
mod tests;
