//! The products of a backward pass over all tokens, on all threads.
//!
//! They have the shapes of a time step's, with many more rows, and use its kernel; a transposed
//! operand is copied some columns at a time.

use rayon::prelude::*;

use super::packed::{Left, MOST_ROWS, Packed, Product};

/// Most rows of an operand that is packed at a time: a panel of it stays in the first cache.
const BLOCK: usize = 384;

/// Rows of a product that one task computes; all of them read a panel before the next.
const ROWS: usize = 2 * MOST_ROWS;

/// Columns of a matrix whose rows are `stride` elements apart.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a, T> {
    pub(super) data: &'a [T],
    pub(super) stride: usize,
    /// The first of them, and their number.
    pub(super) first: usize,
    pub(super) n: usize,
}

/// `out (m, n) += leftᵀ · right`, with `left (k, m)` and `right (k, n)`.
pub(super) fn add_transposed_product<T: Product>(
    left: Columns<'_, T>,
    right: &[T],
    n: usize,
    out: &mut [T],
) {
    if n == 0 || left.n == 0 || right.is_empty() {
        return;
    }
    let k = right.len() / n;
    let n_blocks = k.div_ceil(BLOCK);
    for block in 0..n_blocks {
        let rows = block * k / n_blocks..(block + 1) * k / n_blocks;
        let right = Packed::new(&right[rows.start * n..rows.end * n], rows.len(), n);
        out.par_chunks_mut(MOST_ROWS * n).enumerate().for_each(|(i, out)| {
            let m = out.len() / n;
            let first = left.first + i * MOST_ROWS;
            let mut turned = Vec::with_capacity(rows.len() * m);
            for row in rows.clone() {
                let row = &left.data[row * left.stride + first..];
                match row.first_chunk::<MOST_ROWS>() {
                    // A size known to the compiler is copied without a call.
                    Some(columns) if m == MOST_ROWS => turned.extend_from_slice(columns),
                    _ => turned.extend_from_slice(&row[..m]),
                }
            }
            let mut out: Vec<&mut [T]> = out.chunks_exact_mut(n).collect();
            right.add_product(Left::Columns(&turned, m), &mut out);
        });
    }
}

/// `out (m, n) += left · right`, with `left (m, k)` and `right (k, n)`.
pub(super) fn add_product<T: Product>(left: Columns<'_, T>, right: &[T], n: usize, out: &mut [T]) {
    if n == 0 || left.n == 0 {
        return;
    }
    let right = Packed::new(right, left.n, n);
    out.par_chunks_mut(ROWS * n).enumerate().for_each(|(i, out)| {
        let rows = i * ROWS..i * ROWS + out.len() / n;
        let rows = rows.map(|row| &left.data[row * left.stride + left.first..][..left.n]);
        let rows: Vec<&[T]> = rows.collect();
        right.add_product(Left::Rows(&rows), &mut out.chunks_exact_mut(n).collect::<Vec<_>>());
    });
}

#[cfg(test)]
mod tests;
