//! Operands of the small matrix products of attention.
//!
//! A sentence has a few dozen words and a head a few dozen dimensions, so a product takes less time
//! than a general matrix product needs to set itself up. Here the right operand is copied once into
//! panels of [`LANES`] columns, and [`ROWS`] rows of the left operand at a time multiply a panel
//! with all sums in registers. Rows and columns are padded: a few wasted lanes cost less than a
//! second kernel for what is left over.

use super::product::Product;
use crate::simd::dispatch;

/// Columns of a panel: one of the widest vectors of `f32`.
pub(crate) const LANES: usize = 16;

/// Rows that are multiplied at a time: as many sums as hide the latency of an addition.
pub(crate) const ROWS: usize = 8;

/// A row of a panel.
pub(crate) type Lanes<T> = [T; LANES];

/// Rows in a slice: `width` elements each, `stride` apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, T> {
    pub(super) data: &'a [T],
    pub(super) stride: usize,
    pub(super) width: usize,
}

impl<'a, T> Rows<'a, T> {
    #[inline(always)]
    pub(super) fn row(&self, index: usize) -> &'a [T] {
        &self.data[index * self.stride..][..self.width]
    }

    /// The rows from `first` on.
    pub(super) fn skip(self, first: usize) -> Self {
        // Without a row left there may be no element where the next would begin.
        let data = self.data.get(first * self.stride..).unwrap_or_default();
        Self { data, ..self }
    }
}

/// A matrix cut into panels of [`LANES`] columns: panel after panel, `depth` rows each.
#[derive(Debug)]
pub(super) struct Panels<T> {
    data: Vec<Lanes<T>>,
    depth: usize,
}

impl<T> Default for Panels<T> {
    fn default() -> Self {
        Self { data: Vec::new(), depth: 1 }
    }
}

impl<T: Product> Panels<T> {
    /// Takes `n` rows as columns.
    pub(super) fn pack_transposed(&mut self, rows: Rows<'_, T>, n: usize) {
        self.depth = rows.width;
        self.data.resize(n.div_ceil(LANES) * self.depth, [T::zero(); LANES]);
        for (i, panel) in self.data.chunks_exact_mut(self.depth).enumerate() {
            // Columns that are not there repeat the last one: no larger than what is there, and
            // never looked at.
            let columns: [&[T]; LANES] =
                std::array::from_fn(|lane| rows.row((i * LANES + lane).min(n - 1)));
            dispatch(
                #[inline(always)]
                || {
                    for (d, lanes) in panel.iter_mut().enumerate() {
                        for lane in 0..LANES {
                            lanes[lane] = columns[lane][d];
                        }
                    }
                },
            );
        }
    }

    /// Takes `n` rows as rows; columns that are not there are zero.
    pub(super) fn pack(&mut self, rows: Rows<'_, T>, n: usize) {
        self.depth = n;
        self.data.resize(rows.width.div_ceil(LANES) * n, [T::zero(); LANES]);
        for (i, panel) in self.data.chunks_exact_mut(n).enumerate() {
            for (j, lanes) in panel.iter_mut().enumerate() {
                let row = &rows.row(j)[i * LANES..];
                if let Some(full) = row.first_chunk() {
                    *lanes = *full;
                } else {
                    *lanes = [T::zero(); LANES];
                    lanes[..row.len()].copy_from_slice(row);
                }
            }
        }
    }
}

/// A matrix of whole lanes, its rows padded to a multiple of [`ROWS`].
#[derive(Debug)]
pub(super) struct Tile<T> {
    data: Vec<Lanes<T>>,
    /// Lanes of a row.
    n_lanes: usize,
}

impl<T> Default for Tile<T> {
    fn default() -> Self {
        Self { data: Vec::new(), n_lanes: 1 }
    }
}

impl<T: Product> Tile<T> {
    /// Makes room for `n_rows` of `n_columns`; what they hold is left as it is.
    pub(super) fn reshape(&mut self, n_rows: usize, n_columns: usize) {
        self.n_lanes = n_columns.div_ceil(LANES);
        self.data.resize(n_rows.next_multiple_of(ROWS) * self.n_lanes, [T::zero(); LANES]);
    }

    /// The same, all zero.
    pub(super) fn reset(&mut self, n_rows: usize, n_columns: usize) {
        self.reshape(n_rows, n_columns);
        self.data.fill([T::zero(); LANES]);
    }

    /// A row with its padding.
    #[inline(always)]
    pub(super) fn row(&self, index: usize) -> &[T] {
        self.data[index * self.n_lanes..][..self.n_lanes].as_flattened()
    }

    /// A row with its padding.
    #[inline(always)]
    pub(super) fn row_mut(&mut self, index: usize) -> &mut [T] {
        self.data[index * self.n_lanes..][..self.n_lanes].as_flattened_mut()
    }

    /// The first `width` elements of all rows.
    pub(super) fn rows(&self, width: usize) -> Rows<'_, T> {
        Rows { data: self.data.as_flattened(), stride: self.n_lanes * LANES, width }
    }

    /// Rows `0..n` become `a · panels`.
    pub(super) fn set_product(&mut self, a: Rows<'_, T>, n: usize, panels: &Panels<T>) {
        self.product(0, a, n, panels, false);
    }

    /// Adds `a · panels` to the `n` rows from `first` on, a multiple of [`ROWS`].
    pub(super) fn add_product(
        &mut self,
        first: usize,
        a: Rows<'_, T>,
        n: usize,
        panels: &Panels<T>,
    ) {
        self.product(first, a, n, panels, true);
    }

    fn product(&mut self, first: usize, a: Rows<'_, T>, n: usize, panels: &Panels<T>, add: bool) {
        let blocks = self.data[first * self.n_lanes..].chunks_exact_mut(ROWS * self.n_lanes);
        for (out, row) in blocks.zip((0..n).step_by(ROWS)) {
            // Rows that are not there repeat the last one; their products land in the padding.
            let a = std::array::from_fn(|i| a.row((row + i).min(n - 1)));
            T::rows_times_panels(a, (&panels.data, panels.depth), out, add);
        }
    }

    /// Adds `aᵀ · panels`, for the first `n` columns of `a` and as many of its rows as the panels
    /// have.
    pub(super) fn add_transposed_product(&mut self, a: &Self, n: usize, panels: &Panels<T>) {
        let columns = (0..n).step_by(ROWS);
        for (out, column) in self.data.chunks_exact_mut(ROWS * self.n_lanes).zip(columns) {
            let a = (a.data.as_flattened(), a.n_lanes * LANES, column);
            T::columns_times_panels(a, (&panels.data, panels.depth), out, true);
        }
    }
}

#[cfg(test)]
mod tests;
