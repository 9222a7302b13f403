//! Matrix products on slices, in one private module: whoever wants a faster kernel changes it
//! here. Results do not depend on the number of threads.
#![allow(unsafe_code)]

use std::any::TypeId;

use crate::element::Element;

mod few_rows;

/// A matrix in a slice, read through strides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    n_rows: usize,
    n_columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Row after row without gaps.
    pub(crate) fn new(data: &'a [T], n_rows: usize, n_columns: usize) -> Self {
        Self::strided(data, n_rows, n_columns, n_columns)
    }

    /// Rows that begin `row_stride` elements apart.
    ///
    /// # Panics
    /// If the slice ends before the last row does.
    pub(crate) fn strided(
        data: &'a [T],
        n_rows: usize,
        n_columns: usize,
        row_stride: usize,
    ) -> Self {
        assert!(reaches(n_rows, n_columns, row_stride) <= data.len());
        Self { data, n_rows, n_columns, row_stride, column_stride: 1 }
    }

    /// Rows as columns.
    pub(crate) fn transposed(self) -> Self {
        Self {
            n_rows: self.n_columns,
            n_columns: self.n_rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// A matrix in a slice that is written, its rows `row_stride` elements apart.
#[derive(Debug)]
pub(crate) struct MatrixMut<'a, T> {
    data: &'a mut [T],
    n_rows: usize,
    n_columns: usize,
    row_stride: usize,
}

impl<'a, T> MatrixMut<'a, T> {
    /// Row after row without gaps.
    pub(crate) fn new(data: &'a mut [T], n_rows: usize, n_columns: usize) -> Self {
        Self::strided(data, n_rows, n_columns, n_columns)
    }

    /// Rows that begin `row_stride` elements apart.
    ///
    /// # Panics
    /// If the slice ends before the last row does, or rows overlap.
    pub(crate) fn strided(
        data: &'a mut [T],
        n_rows: usize,
        n_columns: usize,
        row_stride: usize,
    ) -> Self {
        assert!(reaches(n_rows, n_columns, row_stride) <= data.len());
        assert!(n_columns <= row_stride || n_rows <= 1, "rows of the output overlap");
        Self { data, n_rows, n_columns, row_stride }
    }
}

/// Elements from the first to the last of a matrix.
fn reaches(n_rows: usize, n_columns: usize, row_stride: usize) -> usize {
    if n_rows == 0 || n_columns == 0 {
        return 0;
    }
    (n_rows - 1)
        .checked_mul(row_stride)
        .and_then(|n| n.checked_add(n_columns))
        .unwrap_or(usize::MAX)
}

/// Whether a product replaces what the output holds or is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Set,
    Add,
}

/// `out = a · b` or `out += a · b` on this thread alone.
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn matmul<T: Element>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    out: MatrixMut<'_, T>,
    write: Write,
) {
    product(a, b, out, write, gemm::Parallelism::None);
}

/// `out = a · b` or `out += a · b` on all threads of the pool.
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn par_matmul<T: Element>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    out: MatrixMut<'_, T>,
    write: Write,
) {
    product(a, b, out, write, gemm::Parallelism::Rayon(0));
}

/// `out (m, n) = a (m, k) · bᵀ`, with `b (n, k)`; all row-major and contiguous, on this thread
/// alone.
///
/// # Panics
/// If a slice is shorter than its shape says.
pub(crate) fn matmul_transposed<T: Element>(
    (m, n, k): (usize, usize, usize),
    a: &[T],
    b: &[T],
    out: &mut [T],
) {
    let (a, b) = (Matrix::new(a, m, k), Matrix::new(b, n, k).transposed());
    matmul(a, b, MatrixMut::new(out, m, n), Write::Set);
}

fn product<T: Element>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    mut out: MatrixMut<'_, T>,
    write: Write,
    parallelism: gemm::Parallelism,
) {
    let (m, n, k) = (out.n_rows, out.n_columns, a.n_columns);
    assert!(a.n_rows == m && b.n_columns == n && b.n_rows == k, "shapes of a product");
    if m == 0 || n == 0 {
        return;
    }
    if let Some(product) = few_rows(a, b, &mut out, write) {
        // SAFETY: each matrix was made from a slice that its last element lies within, the sizes
        // agree as asserted, and `out` is a unique borrow.
        return unsafe {
            match parallelism {
                gemm::Parallelism::None => product.run(),
                gemm::Parallelism::Rayon(_) => product.par_run(),
            }
        };
    }
    // SAFETY: each matrix was made from a slice that its last element lies within, and the sizes
    // agree as asserted; `out` is a unique borrow whose rows do not overlap, and is only read with
    // `Write::Add`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.data.as_mut_ptr(),
            1,
            out.row_stride as isize,
            write == Write::Add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            T::one(),
            T::one(),
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// The product as the kernel for few rows takes it, if it is for that kernel.
fn few_rows<'a, T: Element>(
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    out: &mut MatrixMut<'_, T>,
    write: Write,
) -> Option<few_rows::Product<'a>> {
    let fits = a.n_rows <= few_rows::MOST_ROWS && a.column_stride == 1 && b.row_stride == 1;
    if !fits || TypeId::of::<T>() != TypeId::of::<f32>() {
        return None;
    }
    // SAFETY: `T` is `f32`.
    let single = |data: &'a [T]| unsafe {
        std::slice::from_raw_parts(data.as_ptr().cast::<f32>(), data.len())
    };
    Some(few_rows::Product {
        x: single(a.data),
        x_stride: a.row_stride,
        w: single(b.data),
        w_stride: b.column_stride,
        out: out.data.as_mut_ptr().cast(),
        out_stride: out.row_stride,
        size: (a.n_rows, b.n_columns, a.n_columns),
        write,
    })
}

#[cfg(test)]
mod tests;
