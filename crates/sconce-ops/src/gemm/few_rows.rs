//! `out = x · wᵀ` for few rows of `x` (a small batch, one step of decoding), where packing `w` would
//! cost more than the product: `w` is read once, as it lies, and each task computes the products of
//! some of its rows with all rows of `x`.
//!
//! A tile of `MR x NR` results is kept in registers as vectors of partial sums along `k`, which are
//! added up at the end.
#![allow(unsafe_code)]

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Write;

/// Most rows of `x` for which this is faster than packing: see `docs/performance.md`.
pub(super) const MOST_ROWS: usize = 96;

/// Multiplications of one task: about ten microseconds.
const TASK: usize = 1 << 19;

/// Two row-major operands and the place of the result.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    /// `(m, k)`, rows `x_stride` apart.
    pub(super) x: &'a [f32],
    pub(super) x_stride: usize,
    /// `(n, k)`, rows `w_stride` apart.
    pub(super) w: &'a [f32],
    pub(super) w_stride: usize,
    /// `(m, n)`, rows `out_stride` apart.
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
    pub(super) size: (usize, usize, usize),
    pub(super) write: Write,
}

// SAFETY: the pointer is written through only by `run`, each column by one task.
unsafe impl Send for Product<'_> {}
// SAFETY: as above.
unsafe impl Sync for Product<'_> {}

impl Product<'_> {
    /// Computes the product on this thread.
    ///
    /// # Safety
    /// Each element of the three matrices lies inside its allocation, and nobody else has `out`.
    pub(super) unsafe fn run(self) {
        let columns = 0..self.size.1;
        // SAFETY: passed on.
        unsafe { self.run_columns(columns) };
    }

    /// Computes the product on all threads.
    ///
    /// # Safety
    /// As of [`run`](Self::run).
    pub(super) unsafe fn par_run(self) {
        let (m, n, k) = self.size;
        // A multiple of all panel widths, so that the tiling does not depend on the tasks.
        let columns = (TASK / (m * k).max(1)).max(1).next_multiple_of(24);
        if columns >= n {
            // SAFETY: passed on.
            return unsafe { self.run() };
        }
        (0..n.div_ceil(columns)).into_par_iter().for_each(|task| {
            let columns = task * columns..((task + 1) * columns).min(n);
            // SAFETY: passed on; tasks have distinct columns.
            unsafe { self.run_columns(columns) };
        });
    }

    unsafe fn run_columns(self, columns: Range<usize>) {
        pulp::Arch::new().dispatch(Columns { product: self, columns });
    }
}

/// Some columns of the result: the rows of `w` of the same numbers.
struct Columns<'a> {
    product: Product<'a>,
    columns: Range<usize>,
}

impl WithSimd for Columns<'_> {
    type Output = ();

    /// Picks the tile that fills the registers: with sixteen of them half as many rows.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let has_many_registers = S::REGISTER_COUNT >= 32;
        match (self.product.size.0, has_many_registers) {
            (0, _) => {}
            (1, _) => self.panels::<S, 8>(simd, 1),
            (2..4, true) => self.panels::<S, 8>(simd, 2),
            (2..8, true) => self.panels::<S, 6>(simd, 4),
            (_, true) => self.panels::<S, 3>(simd, 8),
            (2..4, false) => self.panels::<S, 6>(simd, 2),
            (_, false) => self.panels::<S, 3>(simd, 4),
        }
    }
}

impl Columns<'_> {
    #[inline(always)]
    fn panels<S: Simd, const NR: usize>(&self, simd: S, most_rows: usize) {
        let mut column = self.columns.start;
        while column + NR <= self.columns.end {
            self.panel::<S, NR>(simd, column, most_rows);
            column += NR;
        }
        for column in column..self.columns.end {
            self.panel::<S, 1>(simd, column, most_rows);
        }
    }

    #[inline(always)]
    fn panel<S: Simd, const NR: usize>(&self, simd: S, column: usize, most_rows: usize) {
        let m = self.product.size.0;
        let mut row = 0;
        while row < m {
            row += match (m - row).min(most_rows) {
                8.. => self.tile::<S, 8, NR>(simd, row, column),
                4.. => self.tile::<S, 4, NR>(simd, row, column),
                2.. => self.tile::<S, 2, NR>(simd, row, column),
                _ => self.tile::<S, 1, NR>(simd, row, column),
            };
        }
    }

    /// Computes `MR x NR` results and gives `MR`.
    #[inline(always)]
    fn tile<S: Simd, const MR: usize, const NR: usize>(
        &self,
        simd: S,
        row: usize,
        column: usize,
    ) -> usize {
        let Product { x, x_stride, w, w_stride, out, out_stride, size: (_, _, k), write } =
            self.product;
        let xs: [_; MR] = std::array::from_fn(|i| S::as_simd_f32s(&x[(row + i) * x_stride..][..k]));
        let ws: [_; NR] =
            std::array::from_fn(|j| S::as_simd_f32s(&w[(column + j) * w_stride..][..k]));
        let mut sums = [[simd.splat_f32s(0.); NR]; MR];
        for c in 0..k / S::F32_LANES {
            // SAFETY: each slice of vectors has `k / F32_LANES` of them.
            let w: [S::f32s; NR] = std::array::from_fn(|j| unsafe { *ws[j].0.get_unchecked(c) });
            for i in 0..MR {
                // SAFETY: as above.
                let x = unsafe { *xs[i].0.get_unchecked(c) };
                for j in 0..NR {
                    sums[i][j] = simd.mul_add_f32s(x, w[j], sums[i][j]);
                }
            }
        }
        if !xs[0].1.is_empty() {
            let w: [S::f32s; NR] = std::array::from_fn(|j| simd.partial_load_f32s(ws[j].1));
            for i in 0..MR {
                let x = simd.partial_load_f32s(xs[i].1);
                for j in 0..NR {
                    sums[i][j] = simd.mul_add_f32s(x, w[j], sums[i][j]);
                }
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            for (j, sum) in sums.into_iter().enumerate() {
                let sum = simd.reduce_sum_f32s(sum);
                // SAFETY: the caller of `run` promised that the element is there and that this
                // task alone has it.
                unsafe {
                    let place = out.add((row + i) * out_stride + column + j);
                    *place = if write == Write::Add { *place + sum } else { sum };
                }
            }
        }
        MR
    }
}
