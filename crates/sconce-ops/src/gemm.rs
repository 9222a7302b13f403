//! Matrix products on slices, in one private module: whoever wants a faster kernel changes it
//! here. Calls are single-threaded; the operations parallelize over blocks of rows themselves,
//! which keeps each product's operands in a core's cache and results independent of the number of
//! threads.
#![allow(unsafe_code)]

use crate::element::Element;

/// `out (m, n) = a (m, k) · bᵀ`, with `b (n, k)`; all row-major and contiguous.
///
/// # Panics
/// If a slice is shorter than its shape says.
pub(crate) fn matmul_transposed<T: Element>(
    (m, n, k): (usize, usize, usize),
    a: &[T],
    b: &[T],
    out: &mut [T],
) {
    let fits = |len: usize, rows: usize, columns: usize| {
        rows.checked_mul(columns).is_some_and(|needed| needed <= len)
    };
    assert!(fits(a.len(), m, k) && fits(b.len(), n, k) && fits(out.len(), m, n));
    if m == 0 || n == 0 {
        return;
    }
    let (n_stride, k_stride) = (n as isize, k as isize);
    // SAFETY: the assertion above proves that every element the strides reach lies inside its
    // slice; `out` is a unique borrow, and with `read_dst` false it is only written.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n_stride,
            false,
            a.as_ptr(),
            1,
            k_stride,
            b.as_ptr(),
            k_stride,
            1,
            T::zero(),
            T::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests;
