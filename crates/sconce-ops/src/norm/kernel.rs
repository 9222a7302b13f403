//! Rows forward and backward.

use rayon::prelude::*;

use super::{Center, Norm};
use crate::dropout::kept;
use crate::element::Element;
use crate::rows::{pieces_mut, rows_per_task};
use crate::simd::{dispatch, dot, sum};

/// Rows whose weight gradients one task sums: fixed, so that sums do not depend on the threads.
const BLOCK: usize = 32;

/// What is normalized: `residual + dropout(x)`, or `x` alone.
#[derive(Clone, Copy)]
pub(super) struct Input<'a, T> {
    pub(super) x: &'a [T],
    pub(super) residual: Option<&'a [T]>,
}

impl<'a, T> Input<'a, T> {
    /// `n` elements from `first` on, or as many as there are.
    #[inline(always)]
    fn part(&self, first: usize, n: usize) -> Self {
        let end = (first + n).min(self.x.len());
        Self { x: &self.x[first..end], residual: self.residual.map(|r| &r[first..end]) }
    }
}

/// Which gradients are wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) x: bool,
    pub(super) residual: bool,
    pub(super) w: bool,
    pub(super) b: bool,
}

/// The gradients: of the sum `h`, of `x` where dropout makes it another, and of the weights.
pub(super) struct Found<T> {
    pub(super) dh: Option<Vec<T>>,
    pub(super) dx: Option<Vec<T>>,
    pub(super) dw: Option<Vec<T>>,
    pub(super) db: Option<Vec<T>>,
}

/// Where one block of rows leaves its gradients; empty where nobody wants them.
struct BlockOut<'a, T> {
    dh: &'a mut [T],
    dx: &'a mut [T],
    dw: &'a mut [T],
    db: &'a mut [T],
}

impl Norm {
    /// The output, and center and inverse deviation of each row.
    pub(super) fn forward<T: Element>(
        &self,
        input: Input<'_, T>,
        w: &[T],
        b: Option<&[T]>,
    ) -> (Vec<T>, Vec<[f64; 2]>) {
        let dim = w.len();
        let n_rows = rows_per_task(dim);
        let mut out = vec![T::zero(); input.x.len()];
        let mut stats = vec![[0.; 2]; input.x.len() / dim];
        let tasks = out.par_chunks_mut(n_rows * dim).zip(stats.par_chunks_mut(n_rows));
        tasks.enumerate().for_each(|(task, (out, stats))| {
            dispatch(
                #[inline(always)]
                || {
                    let first = task * n_rows * dim;
                    let input = input.part(first, out.len());
                    self.sum_into(first, input, out);
                    for (out, stats) in out.chunks_exact_mut(dim).zip(stats) {
                        *stats = self.normalize_row(w, b, out);
                    }
                },
            );
        });
        (out, stats)
    }

    /// `out = residual + dropout(x)`, of elements from place `first` on.
    #[inline(always)]
    fn sum_into<T: Element>(&self, first: usize, input: Input<'_, T>, out: &mut [T]) {
        out.copy_from_slice(input.x);
        if let Some(mask) = &self.mask {
            mask.apply_anywhere(first, out);
        }
        if let Some(residual) = input.residual {
            for (out, &residual) in out.iter_mut().zip(residual) {
                *out += residual;
            }
        }
    }

    /// Normalizes a row in place; gives its center and inverse deviation.
    #[inline(always)]
    pub(super) fn normalize_row<T: Element>(
        &self,
        w: &[T],
        b: Option<&[T]>,
        out: &mut [T],
    ) -> [f64; 2] {
        let share = T::from_f64(1. / out.len() as f64);
        let center = match self.center {
            Center::Mean => sum(out) * share,
            Center::Zero => T::zero(),
        };
        for out in out.iter_mut() {
            *out -= center;
        }
        let variance = dot(out, out) * share;
        let inverse = T::one() / (variance + T::from_f64(self.eps)).sqrt();
        match b {
            Some(b) => {
                for ((out, &w), &b) in out.iter_mut().zip(w).zip(b) {
                    *out = (*out * inverse).fma(w, b);
                }
            }
            None => {
                for (out, &w) in out.iter_mut().zip(w) {
                    *out = *out * inverse * w;
                }
            }
        }
        [center.to_f64(), inverse.to_f64()]
    }

    /// With `ĥ` the normalized rows and `g = upstream · w`:
    /// `dh = (g - mean(g) - ĥ · mean(g · ĥ)) / deviation`, the mean of `g` only where rows are
    /// centered; `dw = Σ upstream · ĥ`, `db = Σ upstream`.
    pub(super) fn backward<T: Element>(
        &self,
        input: Input<'_, T>,
        w: &[T],
        stats: &[[f64; 2]],
        upstream: &[T],
        wanted: Wanted,
    ) -> Found<T> {
        let (n, dim) = (upstream.len(), w.len());
        let n_blocks = stats.len().div_ceil(BLOCK);
        let zeros = |n: usize, is_wanted: bool| vec![T::zero(); if is_wanted { n } else { 0 }];
        let wants_h = wanted.x || wanted.residual;
        let wants_x = wanted.x && self.mask.is_some();
        let (mut dh, mut dx) = (zeros(n, wants_h), zeros(n, wants_x));
        let (mut dw, mut db) = (zeros(n_blocks * dim, wanted.w), zeros(n_blocks * dim, wanted.b));
        let outs: Vec<BlockOut<'_, T>> = pieces_mut(&mut dh, n_blocks, BLOCK * dim)
            .into_iter()
            .zip(pieces_mut(&mut dx, n_blocks, BLOCK * dim))
            .zip(pieces_mut(&mut dw, n_blocks, dim))
            .zip(pieces_mut(&mut db, n_blocks, dim))
            .map(|(((dh, dx), dw), db)| BlockOut { dh, dx, dw, db })
            .collect();
        outs.into_par_iter().enumerate().for_each(|(block, out)| {
            let first = block * BLOCK * dim;
            let end = (first + BLOCK * dim).min(n);
            dispatch(
                #[inline(always)]
                || {
                    let stats = &stats[first / dim..end / dim];
                    let input = input.part(first, end - first);
                    self.backward_block(first, input, w, stats, &upstream[first..end], out);
                },
            );
        });
        Found {
            dh: wants_h.then_some(dh),
            dx: wants_x.then_some(dx),
            dw: wanted.w.then(|| sum_of_rows(&dw, dim)),
            db: wanted.b.then(|| sum_of_rows(&db, dim)),
        }
    }

    #[inline(always)]
    fn backward_block<T: Element>(
        &self,
        first: usize,
        input: Input<'_, T>,
        w: &[T],
        stats: &[[f64; 2]],
        upstream: &[T],
        out: BlockOut<'_, T>,
    ) {
        let dim = w.len();
        let mut factors = vec![T::zero(); if self.mask.is_some() { dim } else { 0 }];
        let mut normalized = vec![T::zero(); dim];
        for (row, (upstream, stats)) in upstream.chunks_exact(dim).zip(stats).enumerate() {
            let at = row * dim;
            if let Some(mask) = &self.mask {
                mask.factors(first + at, &mut factors);
            }
            let stats = stats.map(T::from_f64);
            normalize(input.part(at, dim), &factors, stats, &mut normalized);
            if !out.dw.is_empty() {
                for ((dw, &g), &h) in out.dw.iter_mut().zip(upstream).zip(&normalized) {
                    *dw = g.fma(h, *dw);
                }
            }
            if !out.db.is_empty() {
                for (db, &g) in out.db.iter_mut().zip(upstream) {
                    *db += g;
                }
            }
            if out.dh.is_empty() {
                continue;
            }
            let dh = &mut out.dh[at..at + dim];
            self.row_gradient(upstream, w, &normalized, stats[1], dh);
            if !out.dx.is_empty() {
                let dx = &mut out.dx[at..at + dim];
                for ((dx, &factor), &dh) in dx.iter_mut().zip(&factors).zip(&*dh) {
                    *dx = kept(factor, dh);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn row_gradient<T: Element>(
        &self,
        upstream: &[T],
        w: &[T],
        normalized: &[T],
        inverse: T,
        dh: &mut [T],
    ) {
        let share = T::from_f64(1. / w.len() as f64);
        for ((dh, &g), &w) in dh.iter_mut().zip(upstream).zip(w) {
            *dh = g * w;
        }
        let mean = match self.center {
            Center::Mean => sum(dh) * share,
            Center::Zero => T::zero(),
        };
        let along = dot(dh, normalized) * share;
        for (dh, &h) in dh.iter_mut().zip(normalized) {
            *dh = inverse * (*dh - mean - along * h);
        }
    }
}

/// One row of `h`, made again and normalized. `factors` is empty where nothing is dropped.
#[inline(always)]
fn normalize<T: Element>(input: Input<'_, T>, factors: &[T], stats: [T; 2], out: &mut [T]) {
    let [center, inverse] = stats;
    if factors.is_empty() {
        out.copy_from_slice(input.x);
    } else {
        for ((out, &factor), &x) in out.iter_mut().zip(factors).zip(input.x) {
            *out = kept(factor, x);
        }
    }
    match input.residual {
        Some(residual) => {
            for (out, &residual) in out.iter_mut().zip(residual) {
                *out = (*out + residual - center) * inverse;
            }
        }
        None => {
            for out in out.iter_mut() {
                *out = (*out - center) * inverse;
            }
        }
    }
}

/// Adds the rows of `blocks` up, in order.
pub(super) fn sum_of_rows<T: Element>(blocks: &[T], dim: usize) -> Vec<T> {
    let mut total = vec![T::zero(); dim];
    dispatch(
        #[inline(always)]
        || {
            for row in blocks.chunks_exact(dim) {
                for (total, &x) in total.iter_mut().zip(row) {
                    *total += x;
                }
            }
        },
    );
    total
}
