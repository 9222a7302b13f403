//! Products and passes of the linear map on slices. Sizes are `(n_in, n_out)`.

use rayon::prelude::*;

use crate::activation::Activation;
use crate::element::Element;
use crate::gemm::{Matrix, MatrixMut, Write, par_matmul};
use crate::simd::{axpy, dispatch};

/// Elements that one task maps.
const BLOCK: usize = 1 << 13;

/// Rows whose bias gradients one task adds up; fixed, so that sums do not depend on the threads.
const ROWS: usize = 128;

/// Some columns of a matrix of rows.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) first: usize,
    pub(crate) n_columns: usize,
}

impl<'a, T> Part<'a, T> {
    /// All columns.
    pub(crate) fn all(data: &'a [T], n_columns: usize) -> Self {
        Self { data, first: 0, n_columns }
    }

    fn matrix(self, n_rows: usize, width: usize) -> Matrix<'a, T> {
        let from = if n_rows == 0 { 0 } else { self.first };
        Matrix::strided(&self.data[from..], n_rows, width, self.n_columns)
    }
}

/// Some columns of a matrix of rows, to be written.
pub(crate) struct Columns<'a, T> {
    pub(crate) data: &'a mut [T],
    pub(crate) first: usize,
    pub(crate) n_columns: usize,
}

/// `x · wᵀ + b`.
pub(crate) fn product<T: Element>(
    (n_in, n_out): (usize, usize),
    x: &[T],
    w: &[T],
    b: Option<&[T]>,
) -> Vec<T> {
    let m = n_rows(x.len(), n_in);
    let (mut out, write) = match b {
        Some(b) => (repeated(b, m), Write::Add),
        None => (vec![T::zero(); m * n_out], Write::Set),
    };
    let w = Matrix::new(w, n_out, n_in).transposed();
    par_matmul(Matrix::new(x, m, n_in), w, MatrixMut::new(&mut out, m, n_out), write);
    out
}

/// A matrix whose rows are all the same.
pub(crate) fn repeated<T: Element>(row: &[T], n_rows: usize) -> Vec<T> {
    let mut out = Vec::with_capacity(n_rows * row.len());
    (0..n_rows).for_each(|_| out.extend_from_slice(row));
    out
}

/// `out += x · wᵀ`.
pub(crate) fn add_product<T: Element>(
    (n_in, n_out): (usize, usize),
    x: &[T],
    w: &[T],
    out: Columns<'_, T>,
) {
    let m = n_rows(x.len(), n_in);
    if m > 0 {
        let w = Matrix::new(w, n_out, n_in).transposed();
        let out = MatrixMut::strided(&mut out.data[out.first..], m, n_out, out.n_columns);
        par_matmul(Matrix::new(x, m, n_in), w, out, Write::Add);
    }
}

/// `dzᵀ · x`.
pub(crate) fn weight_gradient<T: Element>(
    (n_in, n_out): (usize, usize),
    x: &[T],
    dz: Part<'_, T>,
) -> Vec<T> {
    #[cfg(test)]
    counts::add(counts::WEIGHT);
    let m = n_rows(x.len(), n_in);
    let mut out = vec![T::zero(); n_out * n_in];
    let dz = dz.matrix(m, n_out).transposed();
    par_matmul(dz, Matrix::new(x, m, n_in), MatrixMut::new(&mut out, n_out, n_in), Write::Set);
    out
}

/// `dx += dz · w`.
pub(crate) fn add_input_gradient<T: Element>(
    (n_in, n_out): (usize, usize),
    w: &[T],
    dz: Part<'_, T>,
    dx: &mut [T],
) {
    #[cfg(test)]
    counts::add(counts::INPUT);
    let m = n_rows(dx.len(), n_in);
    let w = Matrix::new(w, n_out, n_in);
    par_matmul(dz.matrix(m, n_out), w, MatrixMut::new(dx, m, n_in), Write::Add);
}

/// The sum of the rows of `dz`.
pub(crate) fn bias_gradient<T: Element>(n_out: usize, dz: &[T]) -> Vec<T> {
    let sum = |rows: &[T]| {
        let mut sum = vec![T::zero(); n_out];
        dispatch(
            #[inline(always)]
            || rows.chunks_exact(n_out).for_each(|row| axpy(T::one(), row, &mut sum)),
        );
        sum
    };
    #[cfg(test)]
    counts::add(counts::BIAS);
    if n_out == 0 {
        return Vec::new();
    }
    let parts: Vec<Vec<T>> = dz.par_chunks(ROWS * n_out).map(sum).collect();
    sum(&parts.concat())
}

/// Applies the activation in place.
pub(crate) fn map<T: Element>(activation: Activation, values: &mut [T]) {
    values.par_chunks_mut(BLOCK).for_each(|values| {
        dispatch(
            #[inline(always)]
            || activation.map(values),
        );
    });
}

/// The activation of each value.
pub(crate) fn mapped<T: Element>(activation: Activation, values: &[T]) -> Vec<T> {
    let mut out = vec![T::zero(); values.len()];
    out.par_chunks_mut(BLOCK).zip(values.par_chunks(BLOCK)).for_each(|(out, values)| {
        out.copy_from_slice(values);
        dispatch(
            #[inline(always)]
            || activation.map(out),
        );
    });
    out
}

/// The gradient before the activation.
pub(crate) fn pulled_back<T: Element>(activation: Activation, kept: &[T], dy: &[T]) -> Vec<T> {
    let mut out = vec![T::zero(); dy.len()];
    let blocks = dy.par_chunks(BLOCK).zip(kept.par_chunks(BLOCK));
    out.par_chunks_mut(BLOCK).zip(blocks).for_each(|(out, (dy, kept))| {
        out.copy_from_slice(dy);
        dispatch(
            #[inline(always)]
            || activation.pull_back(kept, out),
        );
    });
    out
}

/// Rows of a matrix with so many elements and columns.
pub(crate) fn n_rows(n_elements: usize, n_columns: usize) -> usize {
    n_elements.checked_div(n_columns).unwrap_or_default()
}

/// How often this thread computed each kind of gradient: what is frozen must cost nothing.
#[cfg(test)]
pub(crate) mod counts {
    use std::cell::Cell;

    pub(crate) const WEIGHT: usize = 0;
    pub(crate) const BIAS: usize = 1;
    pub(crate) const INPUT: usize = 2;

    thread_local! {
        static COUNTS: [Cell<usize>; 3] = const { [const { Cell::new(0) }; 3] };
    }

    pub(super) fn add(kind: usize) {
        COUNTS.with(|counts| counts[kind].set(counts[kind].get() + 1));
    }

    /// Gradients of weights, biases and inputs since the last call.
    pub(crate) fn take() -> [usize; 3] {
        COUNTS.with(|counts| [WEIGHT, BIAS, INPUT].map(|kind| counts[kind].take()))
    }
}
