//! The largest element of a row and the sum of exponentials below it, in one pass over the memory.

use crate::element::Element;
use crate::simd::{fold, max};

/// Elements that are read twice, for their maximum and their sum: they stay in the first-level
/// cache in between.
const BLOCK: usize = 1 << 12;

/// Maximum and sum of what has been taken so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Online<T> {
    largest: T,
    total: f64,
}

impl<T: Element> Online<T> {
    /// The largest element and `Σ exp(x - largest)`; of a row of `-∞` alone, `-∞` and 0.
    #[inline(always)]
    pub(crate) fn of(row: &[T]) -> (T, f64) {
        let mut online = Self { largest: T::NEG_INFINITY, total: 0. };
        for block in row.chunks(BLOCK) {
            online.take(block);
        }
        (online.largest, online.total)
    }

    /// Adds the bias to a row, and gives what [`of`](Self::of) gives.
    #[inline(always)]
    pub(crate) fn of_sum(row: &mut [T], bias: &[T]) -> (T, f64) {
        let mut online = Self { largest: T::NEG_INFINITY, total: 0. };
        for (block, bias) in row.chunks_mut(BLOCK).zip(bias.chunks(BLOCK)) {
            for (x, &b) in block.iter_mut().zip(bias) {
                *x += b;
            }
            online.take(block);
        }
        (online.largest, online.total)
    }

    #[inline(always)]
    fn take(&mut self, block: &[T]) {
        let largest = max(block);
        // Nothing is subtracted from a block of -∞, which then counts 0; what is not a number gets
        // into the sum all the same.
        let shift = if largest == T::NEG_INFINITY { T::zero() } else { largest };
        let total = fold(
            block,
            T::zero(),
            #[inline(always)]
            |sum, x| sum + (x - shift).exp(),
            #[inline(always)]
            |a, b| a + b,
        );
        let joined = self.largest.larger(largest);
        self.total =
            self.total * rescale(self.largest, joined) + total.to_f64() * rescale(largest, joined);
        self.largest = joined;
    }
}

/// What a sum of exponentials below one maximum is multiplied by to be one below another.
#[inline(always)]
fn rescale<T: Element>(from: T, to: T) -> f64 {
    if from == to || from == T::NEG_INFINITY { 1. } else { (from - to).to_f64().exp() }
}
