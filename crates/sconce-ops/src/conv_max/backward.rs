//! Gradients from the winning windows alone.

use super::{Bank, INACTIVE, Winner, split_by};
use crate::element::Element;
use crate::simd::{axpy, dispatch};
use rayon::prelude::*;

/// Sentences whose input gradients one task adds up.
const ROWS: usize = 4;

/// Rows of the weight's gradient that one task adds up.
const FILTERS: usize = 20;

/// The gradient of the pooled features, and who won them.
pub(super) struct Pooled<'a, T> {
    pub(super) bank: &'a Bank,
    /// `(batch, n_features)`.
    pub(super) winners: &'a [Winner],
    /// `(batch, n_features)`.
    pub(super) gradient: &'a [T],
}

impl<T: Element> Pooled<'_, T> {
    /// `dx[s + j] += g · w[k, j, f]` over the winners, `(n_tokens, dim)`.
    pub(super) fn input_gradient(&self, w: &[T]) -> Vec<T> {
        let dim = self.bank.dim;
        let offsets = &self.bank.offsets;
        let mut dx = vec![T::zero(); offsets.n_tokens() * dim];
        let n_rows = offsets.n_rows();
        let groups: Vec<_> =
            (0..n_rows).step_by(ROWS).map(|row| row..(row + ROWS).min(n_rows)).collect();
        let tokens: Vec<_> = groups
            .iter()
            .map(|rows| offsets.range(rows.start).start..offsets.range(rows.end - 1).end)
            .collect();
        let parts = split_by(&mut dx, &tokens, dim);
        groups.into_par_iter().zip(tokens).zip(parts).for_each(|((rows, tokens), dx)| {
            dispatch(
                #[inline(always)]
                || {
                    for row in rows {
                        let sentence = offsets.range(row);
                        let first = sentence.start - tokens.start;
                        let dx = &mut dx[first * dim..(first + sentence.len()) * dim];
                        self.input_gradient_of_row(row, w, dx);
                    }
                },
            );
        });
        dx
    }

    #[inline(always)]
    fn input_gradient_of_row(&self, row: usize, w: &[T], dx: &mut [T]) {
        let (dim, n_filters) = (self.bank.dim, self.bank.n_filters);
        for (convolution, (first_tap, width)) in self.bank.convolutions().enumerate() {
            for filter in 0..n_filters {
                let (winner, g) = self.at(row, convolution, filter);
                if winner == INACTIVE || g == T::zero() {
                    continue;
                }
                for j in 0..width {
                    let Ok(token) = usize::try_from(winner + j as Winner) else { continue };
                    if let Some(dx) = dx.get_mut(token * dim..(token + 1) * dim) {
                        axpy(g, &w[((first_tap + j) * n_filters + filter) * dim..][..dim], dx);
                    }
                }
            }
        }
    }

    /// `dw[k, j, f] += g · x[s + j]` over the winners, `(n_taps, n_filters, dim)`.
    pub(super) fn weight_gradient(&self, x: &[T]) -> Vec<T> {
        let (dim, n_filters) = (self.bank.dim, self.bank.n_filters);
        let taps = self.bank.taps();
        let mut dw = vec![T::zero(); taps.len() * n_filters * dim];
        let blocks: Vec<(usize, std::ops::Range<usize>)> = (0..taps.len())
            .flat_map(|tap| {
                (0..n_filters)
                    .step_by(FILTERS)
                    .map(move |first| (tap, first..(first + FILTERS).min(n_filters)))
            })
            .collect();
        let filters: Vec<_> = blocks.iter().map(|(_, filters)| filters.clone()).collect();
        let parts = split_by(&mut dw, &filters, dim);
        blocks.into_par_iter().zip(parts).for_each(|((tap, filters), dw)| {
            dispatch(
                #[inline(always)]
                || self.weight_gradient_of_tap(taps[tap], filters, x, dw),
            );
        });
        dw
    }

    #[inline(always)]
    fn weight_gradient_of_tap(
        &self,
        (convolution, j): (usize, usize),
        filters: std::ops::Range<usize>,
        x: &[T],
        dw: &mut [T],
    ) {
        let dim = self.bank.dim;
        for (row, sentence) in self.bank.offsets.iter().enumerate() {
            for (filter, dw) in filters.clone().zip(dw.chunks_exact_mut(dim.max(1))) {
                let (winner, g) = self.at(row, convolution, filter);
                if winner == INACTIVE || g == T::zero() {
                    continue;
                }
                let Ok(token) = usize::try_from(winner + j as Winner) else { continue };
                if token < sentence.len() {
                    axpy(g, &x[(sentence.start + token) * dim..][..dim], dw);
                }
            }
        }
    }

    /// `db[f] += g` over the winners, `(n_features,)`.
    pub(super) fn bias_gradient(&self) -> Vec<T> {
        let n_features = self.bank.n_features();
        let mut db = vec![T::zero(); n_features];
        for at in (0..self.winners.len()).filter(|&at| self.winners[at] != INACTIVE) {
            db[at % n_features] += self.gradient[at];
        }
        db
    }

    #[inline(always)]
    fn at(&self, row: usize, convolution: usize, filter: usize) -> (Winner, T) {
        let at = row * self.bank.n_features() + convolution * self.bank.n_filters + filter;
        (self.winners[at], self.gradient[at])
    }
}
