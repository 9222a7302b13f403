//! The product of a time step: few rows times a weight that is packed once and read at each step.
//!
//! The weight lies in panels as wide as two vectors, row after row, so a tile of all rows of a
//! group times one panel keeps its sums in registers, and reads each of its operands in order.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::element::Element;
use crate::simd::dispatch_mut;

/// Vectors in a row of a panel. A last panel that needs but one has one.
const VECTORS: usize = 2;

/// Most rows of a tile: twice as many sums fit into 32 registers, a half of them into 16.
pub(super) const MOST_ROWS: usize = 12;

/// An element with a kernel for this product.
pub(super) trait Product: Element {
    /// Elements of a vector.
    fn lanes() -> usize;

    /// `out += left · weight`, one row of the left operand for each of `out`.
    fn add_product(left: Left<'_, Self>, weight: &Packed<Self>, out: &mut [&mut [Self]]);
}

/// The left operand of a product.
#[derive(Clone, Copy)]
pub(super) enum Left<'a, T> {
    /// Rows of `k` elements.
    Rows(&'a [&'a [T]]),
    /// The transpose of a matrix of so many columns and `k` rows without gaps.
    Columns(&'a [T], usize),
}

/// A `(k, n)` matrix in panels of columns.
pub(super) struct Packed<T> {
    panels: Vec<T>,
    k: usize,
    n: usize,
    lanes: usize,
}

impl<T: Product> Packed<T> {
    /// Packs a row-major `(k, n)` matrix.
    pub(super) fn new(matrix: &[T], k: usize, n: usize) -> Self {
        Self::with_lanes(T::lanes(), matrix, k, n)
    }

    /// Packs for vectors of so many elements.
    fn with_lanes(lanes: usize, matrix: &[T], k: usize, n: usize) -> Self {
        Self::pack(lanes, k, n, |panel, width, first| {
            for (row, out) in panel.chunks_exact_mut(width).enumerate() {
                let end = (first + width).min(n);
                out[..end - first].copy_from_slice(&matrix[row * n + first..row * n + end]);
            }
        })
    }

    /// Packs the transpose of a row-major `(n, k)` matrix.
    pub(super) fn transposed(matrix: &[T], k: usize, n: usize) -> Self {
        Self::pack(T::lanes(), k, n, |panel, width, first| {
            for (column, matrix) in matrix[first * k..].chunks_exact(k).take(width).enumerate() {
                for (out, &value) in panel[column..].iter_mut().step_by(width).zip(matrix) {
                    *out = value;
                }
            }
        })
    }

    /// `fill(panel, its width, its first column)` for each panel.
    fn pack(
        lanes: usize,
        k: usize,
        n: usize,
        fill: impl Fn(&mut [T], usize, usize) + Sync,
    ) -> Self {
        let mut panels = vec![T::zero(); k * n.next_multiple_of(lanes)];
        if k > 0 {
            panels.par_chunks_mut(k * VECTORS * lanes).enumerate().for_each(|(i, panel)| {
                fill(panel, panel.len() / k, i * VECTORS * lanes);
            });
        }
        Self { panels, k, n, lanes }
    }

    /// `out += left · self`, each row of `out` of `n` elements.
    pub(super) fn add_product(&self, left: Left<'_, T>, out: &mut [&mut [T]]) {
        T::add_product(left, self, out);
    }

    /// Each panel with the columns it stands for.
    #[inline(always)]
    fn panels(&self) -> impl Iterator<Item = (&[T], std::ops::Range<usize>)> {
        let width = VECTORS * self.lanes;
        let panels = self.panels.chunks((self.k * width).max(1)).enumerate();
        panels.map(move |(i, panel)| (panel, i * width..((i + 1) * width).min(self.n)))
    }
}

impl Product for f32 {
    fn lanes() -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        pulp::Arch::new().dispatch(Lanes)
    }

    fn add_product(left: Left<'_, f32>, weight: &Packed<f32>, out: &mut [&mut [f32]]) {
        pulp::Arch::new().dispatch(Tiles { left, weight, out });
    }
}

impl Product for f64 {
    fn lanes() -> usize {
        8
    }

    fn add_product(left: Left<'_, f64>, weight: &Packed<f64>, out: &mut [&mut [f64]]) {
        dispatch_mut(
            #[inline(always)]
            || {
                for (panel, columns) in weight.panels() {
                    let width = panel.len() / weight.k.max(1);
                    for (i, out) in out.iter_mut().enumerate() {
                        let mut sums = [0f64; 8 * VECTORS];
                        for (l, weights) in panel.chunks_exact(width).enumerate() {
                            let x = match left {
                                Left::Rows(rows) => rows[i][l],
                                Left::Columns(data, m) => data[l * m + i],
                            };
                            crate::simd::axpy(x, weights, &mut sums);
                        }
                        crate::simd::axpy(1., &sums[..columns.len()], &mut out[columns.clone()]);
                    }
                }
            },
        );
    }
}

struct Tiles<'a, 'b> {
    left: Left<'a, f32>,
    weight: &'a Packed<f32>,
    out: &'a mut [&'b mut [f32]],
}

impl WithSimd for Tiles<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { left, weight, out } = self;
        let most = if S::REGISTER_COUNT >= 32 { MOST_ROWS } else { MOST_ROWS / 2 };
        let n_rows = out.len();
        let n_tiles = n_rows.div_ceil(most);
        for (panel, columns) in weight.panels() {
            for tile in 0..n_tiles {
                let place = tile * n_rows / n_tiles..(tile + 1) * n_rows / n_tiles;
                let (first, out) = (place.start, &mut out[place]);
                let tile = Tile { simd, left, first, panel, out, columns: columns.clone() };
                if panel.len() == weight.k * S::F32_LANES {
                    tile.run::<1>();
                } else {
                    tile.run::<VECTORS>();
                }
            }
        }
    }
}

/// Some rows times one panel.
struct Tile<'a, 'b, S> {
    simd: S,
    left: Left<'a, f32>,
    /// The first of the rows in the left operand.
    first: usize,
    panel: &'a [f32],
    out: &'a mut [&'b mut [f32]],
    columns: std::ops::Range<usize>,
}

impl<S: Simd> Tile<'_, '_, S> {
    #[inline(always)]
    fn run<const V: usize>(self) {
        match self.out.len() {
            1 => self.add::<V, 1>(),
            2 => self.add::<V, 2>(),
            3 => self.add::<V, 3>(),
            4 => self.add::<V, 4>(),
            5 => self.add::<V, 5>(),
            6 => self.add::<V, 6>(),
            7 => self.add::<V, 7>(),
            8 => self.add::<V, 8>(),
            9 => self.add::<V, 9>(),
            10 => self.add::<V, 10>(),
            11 => self.add::<V, 11>(),
            12 => self.add::<V, 12>(),
            _ => {}
        }
    }

    /// With the number of rows known, so that their sums have registers.
    #[inline(always)]
    fn add<const V: usize, const M: usize>(self) {
        let Self { simd, left, first, panel, out, columns } = self;
        let panel = S::as_simd_f32s(panel).0.as_chunks::<V>().0;
        let mut sums = [[simd.splat_f32s(0.); V]; M];
        match left {
            Left::Rows(rows) => {
                let k = panel.len();
                let mut inputs: [&[f32]; M] = [&[]; M];
                for i in 0..M {
                    inputs[i] = &rows[first + i][..k];
                }
                for l in 0..k {
                    let weights = panel[l];
                    for i in 0..M {
                        let x = simd.splat_f32s(inputs[i][l]);
                        for j in 0..V {
                            sums[i][j] = simd.mul_add_f32s(x, weights[j], sums[i][j]);
                        }
                    }
                }
            }
            Left::Columns(data, m) => {
                for (row, weights) in data.chunks_exact(m).zip(panel) {
                    let inputs = &row[first..first + M];
                    for i in 0..M {
                        let x = simd.splat_f32s(inputs[i]);
                        for j in 0..V {
                            sums[i][j] = simd.mul_add_f32s(x, weights[j], sums[i][j]);
                        }
                    }
                }
            }
        }
        for i in 0..M {
            let (whole, rest) = S::as_mut_simd_f32s(&mut out[i][columns.clone()]);
            // The panel's last vector may be cut; the one before it is not.
            let last = if whole.is_empty() { sums[i][0] } else { sums[i][V - 1] };
            for (out, &sum) in whole.iter_mut().zip(&sums[i]) {
                *out = simd.add_f32s(*out, sum);
            }
            if !rest.is_empty() {
                let before = simd.partial_load_f32s(rest);
                simd.partial_store_f32s(rest, simd.add_f32s(before, last));
            }
        }
    }
}

#[cfg(test)]
mod tests;
