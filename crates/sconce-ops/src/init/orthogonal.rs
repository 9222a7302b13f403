//! Random orthogonal matrices.
//!
//! Vectors of normal numbers, each freed of its part along those before (Gram and Schmidt, twice
//! over: once leaves rounding errors that grow, twice leaves none to speak of), are uniformly
//! distributed over all such sets: what a QR decomposition gives whose R has a positive diagonal.

use crate::random::Random;
use crate::simd::{axpy, dispatch, dot};

/// A matrix `(n_rows, n_columns)` whose rows, or columns if those are fewer, have length `gain`
/// and right angles between them.
pub(super) fn rows(n_rows: usize, n_columns: usize, gain: f64, random: Random) -> Vec<f32> {
    let (n, dim) = (n_rows.min(n_columns), n_rows.max(n_columns));
    let basis = orthonormal(n, dim, random);
    let at = |row: usize, column: usize| match n_rows <= n_columns {
        true => basis[row * dim + column],
        false => basis[column * dim + row],
    };
    let elements = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| (row, column)));
    elements.map(|(row, column)| (gain * at(row, column)) as f32).collect()
}

/// So many vectors of `dim` elements, one after the other.
fn orthonormal(n: usize, dim: usize, random: Random) -> Vec<f64> {
    let mut basis = super::draw(n * dim, |i| random.normal(i));
    for i in 0..n {
        let (before, rest) = basis.split_at_mut(i * dim);
        let vector = &mut rest[..dim];
        dispatch(
            #[inline(always)]
            || {
                for _ in 0..2 {
                    for other in before.chunks_exact(dim) {
                        axpy(-dot(other, vector), other, vector);
                    }
                }
                let length = dot(vector, vector).sqrt();
                // Normal numbers that are zero, or dependent, have probability zero.
                vector.iter_mut().for_each(|x| *x /= length);
            },
        );
    }
    basis
}
