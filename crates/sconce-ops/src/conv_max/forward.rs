//! All taps in one product, then windows and maxima.

use std::ops::Range;

use super::{Bank, INACTIVE, Winner, split_by};
use crate::element::Element;
use crate::gemm::matmul_transposed;
use crate::simd::dispatch;
use rayon::prelude::*;

/// Tokens whose products with all taps are kept at a time: enough for the matrix product to run at
/// full speed, few enough for the products to stay in a core's second-level cache.
const TOKENS: usize = 128;

impl Bank {
    /// The pooled features and the windows that won them, both `(batch, n_features)`.
    pub(super) fn forward<T: Element>(&self, x: &[T], w: &[T], b: &[T]) -> (Vec<T>, Vec<Winner>) {
        let n = self.offsets.n_rows() * self.n_features();
        let mut out = vec![T::zero(); n];
        let mut winners = vec![INACTIVE; n];
        let groups = self.row_groups();
        let outs = split_by(&mut out, &groups, self.n_features());
        let wins = split_by(&mut winners, &groups, self.n_features());
        groups.into_par_iter().zip(outs).zip(wins).for_each(|((rows, out), winners)| {
            self.pool_rows(rows, (x, w, b), out, winners);
        });
        (out, winners)
    }

    /// Consecutive sentences of about [`TOKENS`] tokens together. The grouping depends on the batch
    /// alone, so results do not depend on the number of threads.
    fn row_groups(&self) -> Vec<Range<usize>> {
        let mut groups = Vec::new();
        let (mut first, mut n_tokens) = (0, 0);
        for (row, tokens) in self.offsets.iter().enumerate() {
            if row > first && n_tokens + tokens.len() > TOKENS {
                groups.push(first..row);
                (first, n_tokens) = (row, 0);
            }
            n_tokens += tokens.len();
        }
        if first < self.offsets.n_rows() {
            groups.push(first..self.offsets.n_rows());
        }
        groups
    }

    fn pool_rows<T: Element>(
        &self,
        rows: Range<usize>,
        (x, w, b): (&[T], &[T], &[T]),
        out: &mut [T],
        winners: &mut [Winner],
    ) {
        let n_products = self.n_taps() * self.n_filters;
        let widest = self.widths.iter().copied().max().unwrap_or(1);
        let tokens = self.offsets.range(rows.start).start..self.offsets.range(rows.end - 1).end;
        // A single long sentence comes in pieces that share the words of the windows between them.
        let piece = if rows.len() == 1 { TOKENS.max(2 * widest) } else { tokens.len() };
        let mut products = vec![T::zero(); piece.min(tokens.len()) * n_products];
        let mut at = tokens.start;
        loop {
            let end = (at + piece).min(tokens.end);
            let size = (end - at, n_products, self.dim);
            matmul_transposed(size, &x[at * self.dim..end * self.dim], w, &mut products);
            let part = Part { products: &products, tokens: at..end, b };
            let features = self.n_features().max(1);
            let outs = out.chunks_exact_mut(features).zip(winners.chunks_exact_mut(features));
            for (row, (out, winners)) in rows.clone().zip(outs) {
                self.pool_sentence(self.offsets.range(row), &part, out, winners);
            }
            if end == tokens.end {
                break;
            }
            at = end + 1 - widest;
        }
        for (out, winner) in out.iter_mut().zip(winners) {
            if *out <= T::zero() {
                (*out, *winner) = (T::zero(), INACTIVE);
            }
        }
    }

    /// Raises the maxima of one sentence by the windows that lie within `part`.
    fn pool_sentence<T: Element>(
        &self,
        sentence: Range<usize>,
        part: &Part<'_, T>,
        out: &mut [T],
        winners: &mut [Winner],
    ) {
        let mut sums = vec![T::zero(); self.n_filters];
        let outs = out.chunks_exact_mut(self.n_filters.max(1));
        let wins = winners.chunks_exact_mut(self.n_filters.max(1));
        for (i, (((first_tap, width), out), winners)) in
            self.convolutions().zip(outs).zip(wins).enumerate()
        {
            let b = &part.b[i * self.n_filters..][..self.n_filters];
            let windows = part.windows(&sentence, width);
            dispatch(
                #[inline(always)]
                || {
                    for start in windows {
                        sums.copy_from_slice(b);
                        for j in 0..width {
                            let Some(token) =
                                (sentence.start + j).checked_add_signed(start as isize)
                            else {
                                continue;
                            };
                            if sentence.contains(&token) {
                                let row = token - part.tokens.start;
                                let at = (row * self.n_taps() + first_tap + j) * self.n_filters;
                                add(&part.products[at..][..self.n_filters], &mut sums);
                            }
                        }
                        raise(&sums, start, out, winners);
                    }
                },
            );
        }
    }
}

/// The products of some consecutive tokens with all taps, `(tokens, n_taps, n_filters)`.
struct Part<'a, T> {
    products: &'a [T],
    tokens: Range<usize>,
    b: &'a [T],
}

impl<T> Part<'_, T> {
    /// The windows of a sentence all of whose words lie in this part, by their first word counted
    /// from the sentence's. Parts overlap by the widest window, so narrow windows at a seam come
    /// twice, which a maximum does not mind.
    fn windows(&self, sentence: &Range<usize>, width: usize) -> Range<Winner> {
        let reach = width as Winner - 1;
        let length = sentence.len() as Winner;
        if length == 0 {
            return 0..1;
        }
        let first = if self.tokens.start <= sentence.start {
            -reach
        } else {
            (self.tokens.start - sentence.start) as Winner
        };
        let end = if self.tokens.end >= sentence.end {
            length
        } else {
            (self.tokens.end - sentence.start) as Winner - reach
        };
        first..end
    }
}

#[inline(always)]
fn add<T: Element>(x: &[T], sums: &mut [T]) {
    for (sum, &x) in sums.iter_mut().zip(x) {
        *sum += x;
    }
}

/// Keeps the larger of each maximum and sum; the first window wins a tie. A sum that is no number
/// wins for good, so that it reaches the loss and is seen.
#[inline(always)]
fn raise<T: Element>(sums: &[T], start: Winner, out: &mut [T], winners: &mut [Winner]) {
    for ((out, winner), &sum) in out.iter_mut().zip(winners).zip(sums) {
        let is_larger = *winner == INACTIVE || sum > *out || sum.is_nan();
        let is_larger = is_larger && !out.is_nan();
        *out = if is_larger { sum } else { *out };
        *winner = if is_larger { start } else { *winner };
    }
}
