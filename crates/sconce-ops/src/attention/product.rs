//! The inner loops of a tile's products: a few rows of sums, kept in registers.

use pulp::{Simd, WithSimd};

use super::tile::{LANES, Lanes, ROWS};
use crate::element::Element;

/// Panels of a right operand, and the rows of each.
pub(crate) type PanelSlice<'a, T> = (&'a [Lanes<T>], usize);

/// An element type with products of its own.
pub(crate) trait Product: Element {
    /// `out = a · panels`, or `out += a · panels`, for [`ROWS`] rows. Row `r` of `out` begins at
    /// `r · n_panels`.
    fn rows_times_panels(
        a: [&[Self]; ROWS],
        panels: PanelSlice<'_, Self>,
        out: &mut [Lanes<Self>],
        add: bool,
    );

    /// The same with the columns `column..column + ROWS` of `a`, whose rows are `stride` apart, in
    /// place of rows.
    fn columns_times_panels(
        a: (&[Self], usize, usize),
        panels: PanelSlice<'_, Self>,
        out: &mut [Lanes<Self>],
        add: bool,
    );
}

impl Product for f32 {
    fn rows_times_panels(
        a: [&[f32]; ROWS],
        panels: PanelSlice<'_, f32>,
        out: &mut [Lanes<f32>],
        add: bool,
    ) {
        pulp::Arch::new().dispatch(Block { a: ByRow(a), panels, out, add });
    }

    fn columns_times_panels(
        (data, stride, column): (&[f32], usize, usize),
        panels: PanelSlice<'_, f32>,
        out: &mut [Lanes<f32>],
        add: bool,
    ) {
        let a = ByColumn { data, stride, column };
        pulp::Arch::new().dispatch(Block { a, panels, out, add });
    }
}

/// A product to be compiled for each instruction set.
struct Block<'a, A> {
    a: A,
    panels: PanelSlice<'a, f32>,
    out: &'a mut [Lanes<f32>],
    add: bool,
}

impl<A: Factors> WithSimd for Block<'_, A> {
    type Output = ();

    /// Cuts the rows so that the sums fit into the registers, of which narrow vectors have few.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 8, 1>(simd),
            8 => self.run::<S, 4, 2>(simd),
            4 => self.run::<S, 4, 4>(simd),
            _ => self.run::<S, 1, LANES>(simd),
        }
    }
}

impl<A: Factors> Block<'_, A> {
    /// `R` rows at a time, of `N` vectors each.
    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        for first in (0..ROWS).step_by(R) {
            sums::<S, R, N>(
                simd,
                self.a.rows::<R>(first, self.panels.1),
                self.panels,
                (first, &mut *self.out),
                self.add,
            );
        }
    }
}

/// A left operand.
trait Factors {
    /// For each step of depth the factors of `R` rows.
    fn rows<const R: usize>(&self, first: usize, depth: usize) -> impl Fn(usize) -> [f32; R];
}

/// Rows as they are.
struct ByRow<'a>([&'a [f32]; ROWS]);

impl Factors for ByRow<'_> {
    #[inline(always)]
    fn rows<const R: usize>(&self, first: usize, depth: usize) -> impl Fn(usize) -> [f32; R] {
        let rows: [&[f32]; R] = std::array::from_fn(
            #[inline(always)]
            |row| &self.0[first + row][..depth],
        );
        #[inline(always)]
        move |d| {
            std::array::from_fn(
                #[inline(always)]
                |row| rows[row][d],
            )
        }
    }
}

/// Columns from one on, in place of rows.
struct ByColumn<'a> {
    data: &'a [f32],
    stride: usize,
    column: usize,
}

impl Factors for ByColumn<'_> {
    #[inline(always)]
    fn rows<const R: usize>(&self, first: usize, _: usize) -> impl Fn(usize) -> [f32; R] {
        let column = self.column + first;
        #[inline(always)]
        move |d| {
            let row = &self.data[d * self.stride + column..][..R];
            std::array::from_fn(
                #[inline(always)]
                |i| row[i],
            )
        }
    }
}

/// Rows `first..first + R` of `out`, a panel at a time.
#[inline(always)]
fn sums<S: Simd, const R: usize, const N: usize>(
    simd: S,
    factors: impl Fn(usize) -> [f32; R],
    (panels, depth): PanelSlice<'_, f32>,
    (first, out): (usize, &mut [Lanes<f32>]),
    add: bool,
) {
    let n_panels = panels.len() / depth;
    for (i, panel) in panels.chunks_exact(depth).enumerate() {
        let mut sums = [[simd.splat_f32s(0.); N]; R];
        if add {
            for row in 0..R {
                sums[row] = vectors::<S, N>(&out[(first + row) * n_panels + i]);
            }
        }
        for (d, b) in panel.iter().enumerate() {
            let b = vectors::<S, N>(b);
            let factors = factors(d);
            for row in 0..R {
                let factor = simd.splat_f32s(factors[row]);
                for j in 0..N {
                    sums[row][j] = simd.mul_add_f32s(factor, b[j], sums[row][j]);
                }
            }
        }
        for row in 0..R {
            let out = S::as_mut_simd_f32s(&mut out[(first + row) * n_panels + i]).0;
            out[..N].copy_from_slice(&sums[row]);
        }
    }
}

#[inline(always)]
fn vectors<S: Simd, const N: usize>(lanes: &Lanes<f32>) -> [S::f32s; N] {
    let lanes = S::as_simd_f32s(lanes).0;
    std::array::from_fn(
        #[inline(always)]
        |i| lanes[i],
    )
}

impl Product for f64 {
    fn rows_times_panels(
        a: [&[f64]; ROWS],
        (panels, depth): PanelSlice<'_, f64>,
        out: &mut [Lanes<f64>],
        add: bool,
    ) {
        plain(|row, d| a[row][d], (panels, depth), out, add);
    }

    fn columns_times_panels(
        (a, stride, column): (&[f64], usize, usize),
        (panels, depth): PanelSlice<'_, f64>,
        out: &mut [Lanes<f64>],
        add: bool,
    ) {
        plain(|row, d| a[d * stride + column + row], (panels, depth), out, add);
    }
}

/// The same in plain loops, for the type that is not in a hurry.
fn plain(
    factor: impl Fn(usize, usize) -> f64,
    (panels, depth): PanelSlice<'_, f64>,
    out: &mut [Lanes<f64>],
    add: bool,
) {
    let n_panels = panels.len() / depth;
    for (i, panel) in panels.chunks_exact(depth).enumerate() {
        for row in 0..ROWS {
            let out = &mut out[row * n_panels + i];
            let mut sums = if add { *out } else { [0.; LANES] };
            for (d, b) in panel.iter().enumerate() {
                let factor = factor(row, d);
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum += factor * b;
                }
            }
            *out = sums;
        }
    }
}

#[cfg(test)]
mod tests;
