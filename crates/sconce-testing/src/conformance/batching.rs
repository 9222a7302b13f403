//! Neighbours in a batch, and the padding between them, must not change a row.

use candle_core::Tensor;

use crate::close::assert_close;
use crate::error::{Error, Result};

/// Checks that `forward` gives each row the same output alone as in the batch of all `rows`.
///
/// `forward` takes rows of ids to an output whose first dimension is the batch.
///
/// # Errors
/// If a row differs by more than `atol`, which names the row; if `forward` fails; if the rows are
/// fewer than two or all of one length, since then nothing is shown.
pub fn row_alone_equals_row_in_batch(
    forward: &dyn Fn(&[Vec<u32>]) -> candle_core::Result<Tensor>,
    rows: &[Vec<u32>],
    atol: f64,
) -> Result<()> {
    compare_rows("row_alone_equals_row_in_batch", forward, rows, &|_| 1, atol)
}

/// Checks the same of outputs with one line for each token: `(n_tokens, ...)`, rows one after another.
///
/// # Errors
/// As [`row_alone_equals_row_in_batch`].
pub fn tokens_alone_equal_tokens_in_batch(
    forward: &dyn Fn(&[Vec<u32>]) -> candle_core::Result<Tensor>,
    rows: &[Vec<u32>],
    atol: f64,
) -> Result<()> {
    compare_rows("tokens_alone_equal_tokens_in_batch", forward, rows, &|row| row.len(), atol)
}

/// `lines` is how many lines of the output belong to a row.
fn compare_rows(
    check: &'static str,
    forward: &dyn Fn(&[Vec<u32>]) -> candle_core::Result<Tensor>,
    rows: &[Vec<u32>],
    lines: &dyn Fn(&Vec<u32>) -> usize,
    atol: f64,
) -> Result<()> {
    if rows.iter().all(|row| row.len() == rows[0].len()) {
        let reason = format!("{} rows, all of one length", rows.len());
        return Err(Error::Vacuous { check, reason });
    }
    let together = forward(rows)?;
    let n_lines: usize = rows.iter().map(lines).sum();
    if together.rank() == 0 || together.dim(0)? != n_lines {
        let mut expected = together.dims().to_vec();
        expected.truncate(1);
        expected.fill(n_lines);
        let name = "output of the whole batch, first dimension".to_owned();
        return Err(Error::Shape { name, actual: together.dims().to_vec(), expected });
    }
    let mut start = 0;
    for (i, row) in rows.iter().enumerate() {
        let alone = forward(std::slice::from_ref(row))?;
        let in_batch = together.narrow(0, start, lines(row))?;
        start += lines(row);
        assert_close(&format!("row {i} in the batch"), &in_batch, &alone, atol, 0.0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
