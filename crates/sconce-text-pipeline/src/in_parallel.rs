//! Work on rows by all threads, with results as if one had done it.

use rayon::prelude::*;

use crate::error::Result;

/// Rows that are made before the first of them is handed on: enough for all threads, few enough for
/// what is made of a row to be large.
const N_AT_ONCE: usize = 4096;

/// Makes something of each row in parallel, and hands it on in the order of the rows. Of several
/// errors that of the first row is reported, whichever thread was first.
pub(crate) fn in_parallel<T: Send>(
    n_rows: usize,
    make: impl Fn(usize) -> Result<T> + Send + Sync,
    mut take: impl FnMut(usize, T),
) -> Result<()> {
    for start in (0..n_rows).step_by(N_AT_ONCE) {
        let end = n_rows.min(start + N_AT_ONCE);
        let made: Vec<Result<T>> = (start..end).into_par_iter().map(&make).collect();
        for (row, made) in (start..).zip(made) {
            take(row, made?);
        }
    }
    Ok(())
}
