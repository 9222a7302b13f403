//! One row at a time, in place: it stays in a cache between the passes over it.

use rayon::prelude::*;

use crate::element::Element;
use crate::rows::rows_per_task;
use crate::simd::{dispatch, dot, max, sum};

/// Copies each row of `x` into the output and calls `body` with the row's number on the copy.
pub(super) fn by_row<T: Element>(
    x: &[T],
    n: usize,
    body: impl Fn(usize, &mut [T]) + Sync,
) -> Vec<T> {
    let n_rows = rows_per_task(n);
    let length = n.max(1);
    let mut out = vec![T::zero(); x.len()];
    let tasks = out.par_chunks_mut(n_rows * length).zip(x.par_chunks(n_rows * length));
    tasks.enumerate().for_each(|(task, (out, x))| {
        dispatch(
            #[inline(always)]
            || {
                out.copy_from_slice(x);
                for (i, row) in out.chunks_exact_mut(length).enumerate() {
                    body(task * n_rows + i, row);
                }
            },
        );
    });
    out
}

/// Makes `-∞` of what the mask leaves out. A mask of one number stands for the whole row.
#[inline(always)]
pub(super) fn mask<T: Element>(mask: &[u8], row: &mut [T]) {
    if mask.len() == row.len() {
        for (x, &keeps) in row.iter_mut().zip(mask) {
            *x = if keeps == 0 { T::NEG_INFINITY } else { *x };
        }
    } else if mask == [0] {
        row.fill(T::NEG_INFINITY);
    }
}

#[inline(always)]
pub(super) fn softmax<T: Element>(row: &mut [T]) {
    let largest = finite_or_zero(max(row));
    for x in row.iter_mut() {
        *x = (*x - largest).exp();
    }
    let total = sum(row);
    let scale = if total == T::zero() { T::zero() } else { T::one() / total };
    for x in row.iter_mut() {
        *x *= scale;
    }
}

#[inline(always)]
pub(super) fn log_softmax<T: Element>(row: &mut [T]) {
    let largest = max(row);
    if largest == T::NEG_INFINITY && !sum(row).is_nan() {
        // All of it is -∞ already.
        return;
    }
    let total = crate::simd::fold(
        row,
        T::zero(),
        #[inline(always)]
        |sum, x| sum + (x - largest).exp(),
        #[inline(always)]
        |a, b| a + b,
    );
    let log = total.ln();
    for x in row.iter_mut() {
        // Two differences: the logarithm would be lost beside a large maximum.
        *x = *x - largest - log;
    }
}

/// `out` holds the upstream gradient and gets that of the logits.
#[inline(always)]
pub(super) fn softmax_gradient<T: Element>(y: &[T], out: &mut [T]) {
    let along = dot(out, y);
    for (out, &y) in out.iter_mut().zip(y) {
        *out = y * (*out - along);
    }
}

/// `out` holds the upstream gradient and gets that of the logits.
#[inline(always)]
pub(super) fn log_softmax_gradient<T: Element>(y: &[T], out: &mut [T]) {
    if y.first() == Some(&T::NEG_INFINITY) && max(y) == T::NEG_INFINITY {
        out.fill(T::zero());
        return;
    }
    let total = sum(out);
    for (out, &y) in out.iter_mut().zip(y) {
        *out -= y.exp() * total;
    }
}

/// The largest element of a row as what is subtracted from it, which must not be `-∞`.
#[inline(always)]
fn finite_or_zero<T: Element>(largest: T) -> T {
    if largest == T::NEG_INFINITY { T::zero() } else { largest }
}
