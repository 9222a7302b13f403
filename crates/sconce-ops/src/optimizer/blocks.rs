//! A parameter on the CPU and its state, walked in blocks of a fixed size by all threads.

use std::cell::Cell;
use std::ops::Range;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Var, bail};

use crate::simd::{dot, sum};

/// Elements that one task updates: with three arrays of state they fit the second-level cache.
/// Sums are taken by blocks, so they do not depend on the threads.
pub(super) const BLOCK: usize = 1 << 14;

/// Some consecutive elements of a parameter with their state.
pub(super) struct Part<'a, const N: usize> {
    pub(super) values: &'a mut [f32],
    pub(super) state: [&'a mut [f32]; N],
}

impl<'a, const N: usize> Part<'a, N> {
    /// A whole parameter.
    pub(super) fn new(values: &'a mut [f32], arrays: &'a mut [Vec<f32>]) -> Result<Self> {
        let n = values.len();
        let state: Vec<&mut [f32]> = arrays.iter_mut().map(Vec::as_mut_slice).collect();
        match <[&mut [f32]; N]>::try_from(state) {
            Ok(state) if state.iter().all(|array| array.len() == n) => Ok(Self { values, state }),
            _ => bail!("optimizer: expected {N} arrays of state with {n} elements each"),
        }
    }

    /// The elements before `middle`, and the others.
    pub(super) fn split(self, middle: usize) -> (Self, Self) {
        let (head, tail) = self.values.split_at_mut(middle);
        let mut heads = self.state;
        let mut tails: [&mut [f32]; N] = std::array::from_fn(|_| Default::default());
        for (head, tail) in heads.iter_mut().zip(&mut tails) {
            (*head, *tail) = std::mem::take(head).split_at_mut(middle);
        }
        (Self { values: head, state: heads }, Self { values: tail, state: tails })
    }

    #[inline(always)]
    pub(super) fn range(&mut self, range: Range<usize>) -> Part<'_, N> {
        let state = self.state.each_mut().map(
            #[inline(always)]
            |array| &mut array[range.clone()],
        );
        Part { values: &mut self.values[range], state }
    }
}

/// Where to halve `n` units of work that go in blocks of `block` units.
pub(super) fn middle(n: usize, block: usize) -> usize {
    n.div_ceil(block) / 2 * block
}

/// Calls `body` with each block of a parameter and the gradient that belongs to it, and joins what
/// it gives with `add`, always in the same order.
pub(super) fn over_blocks<const N: usize, S: Send>(
    part: Part<'_, N>,
    gradient: &[f32],
    body: &(impl Fn(Part<'_, N>, &[f32]) -> S + Sync),
    add: &(impl Fn(S, S) -> S + Sync),
) -> S {
    if part.values.len() <= BLOCK {
        return body(part, gradient);
    }
    let middle = middle(part.values.len(), BLOCK);
    let (head, tail) = part.split(middle);
    let (of_head, of_tail) = gradient.split_at(middle);
    let (head, tail) = rayon::join(
        || over_blocks(head, of_head, body, add),
        || over_blocks(tail, of_tail, body, add),
    );
    add(head, tail)
}

/// A sum of squares in single precision over fixed lanes, good for about a block of numbers.
pub(super) struct SumOfSquares {
    lanes: [f32; Self::LANES],
}

impl SumOfSquares {
    const LANES: usize = 64;

    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { lanes: [0.; Self::LANES] }
    }

    /// Adds `value(x, y, ...)²` of the elements of some arrays of one length.
    #[inline(always)]
    pub(super) fn add<const K: usize>(
        &mut self,
        arrays: [&[f32]; K],
        value: impl Fn([f32; K]) -> f32,
    ) {
        let n = arrays.iter().map(|array| array.len()).min().unwrap_or(0);
        let arrays = arrays.map(
            #[inline(always)]
            |array| array[..n].as_chunks::<{ Self::LANES }>(),
        );
        let mut lanes = self.lanes;
        for chunk in 0..n / Self::LANES {
            let chunks = arrays.map(
                #[inline(always)]
                |(chunks, _)| &chunks[chunk],
            );
            for i in 0..Self::LANES {
                let mut element = [0.; K];
                for k in 0..K {
                    element[k] = chunks[k][i];
                }
                let value = value(element);
                lanes[i] += value * value;
            }
        }
        for (i, lane) in lanes[..n % Self::LANES].iter_mut().enumerate() {
            let mut element = [0.; K];
            for k in 0..K {
                element[k] = arrays[k].1[i];
            }
            let value = value(element);
            *lane += value * value;
        }
        self.lanes = lanes;
    }

    #[inline(always)]
    pub(super) fn sum(&self) -> f64 {
        f64::from(sum(&self.lanes))
    }
}

/// Sum of squares of about a block of numbers.
#[inline(always)]
pub(super) fn squares(values: &[f32]) -> f64 {
    f64::from(dot(values, values))
}

/// Calls `body` with the elements of a contiguous `F32` variable on the CPU.
pub(super) fn in_place(
    op: &'static str,
    var: &Var,
    body: impl FnOnce(&mut [f32]) -> Result<()>,
) -> Result<()> {
    var.as_detached_tensor().inplace_op1(&InPlace { op, body: Cell::new(Some(body)) })
}

/// A function as candle sees it: an operation that writes a variable's storage.
struct InPlace<F> {
    op: &'static str,
    body: Cell<Option<F>>,
}

impl<F: FnOnce(&mut [f32]) -> Result<()>> InplaceOp1 for InPlace<F> {
    fn name(&self) -> &'static str {
        self.op
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets())
        else {
            bail!("{}: the parameter must be contiguous and F32", self.op)
        };
        match self.body.take() {
            Some(body) => body(&mut values[start..end]),
            None => bail!("{}: called twice", self.op),
        }
    }
}
