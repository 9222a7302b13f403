//! Where each sentence of a packed batch begins and ends.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, bail};

/// Row boundaries of a packed batch: row `i` holds the tokens `offsets[i]..offsets[i + 1]` of
/// `(n_tokens, dim)`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offsets(Arc<[u32]>);

impl Offsets {
    /// Checks and keeps `batch + 1` boundaries.
    ///
    /// # Errors
    /// If there is no boundary, the first is not 0, or one is smaller than the one before it.
    pub fn new(offsets: impl Into<Arc<[u32]>>) -> Result<Self> {
        let offsets = offsets.into();
        if offsets.first() != Some(&0) {
            bail!("offsets must begin with 0, got {:?}", offsets.first());
        }
        if let Some(at) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
            bail!("offsets must not fall: {} at {at}, then {}", offsets[at], offsets[at + 1]);
        }
        Ok(Self(offsets))
    }

    /// The boundaries of rows with these lengths.
    ///
    /// # Panics
    /// If there are more than `u32::MAX` tokens, which no machine's memory holds as a batch.
    pub fn from_lengths(lengths: impl IntoIterator<Item = usize>) -> Self {
        let ends = lengths.into_iter().scan(0usize, |end, length| {
            *end += length;
            assert!(u32::try_from(*end).is_ok(), "{end} tokens do not fit into one batch");
            Some(*end as u32)
        });
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// Number of rows (sentences).
    pub fn n_rows(&self) -> usize {
        self.0.len() - 1
    }

    /// Number of tokens of all rows together.
    pub fn n_tokens(&self) -> usize {
        self.0[self.0.len() - 1] as usize
    }

    /// The tokens of one row.
    ///
    /// # Panics
    /// If `row` is not smaller than [`n_rows`](Self::n_rows).
    pub fn range(&self, row: usize) -> Range<usize> {
        self.0[row] as usize..self.0[row + 1] as usize
    }

    /// The tokens of each row in turn.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        self.0.windows(2).map(|pair| pair[0] as usize..pair[1] as usize)
    }

    /// The boundaries themselves.
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// Splits `data`, `per_token` elements a token, into one piece for each row.
    ///
    /// # Panics
    /// If `data` is shorter than the tokens.
    pub(crate) fn split<'a, T>(&self, mut data: &'a mut [T], per_token: usize) -> Vec<&'a mut [T]> {
        let rows = self.iter().map(|row| {
            let (piece, rest) = std::mem::take(&mut data).split_at_mut(row.len() * per_token);
            data = rest;
            piece
        });
        rows.collect()
    }

    /// Consecutive rows of about `n_tokens` tokens together, at least one row each. The grouping
    /// depends on the batch alone, so sums over groups do not depend on the number of threads.
    pub(crate) fn groups(&self, n_tokens: usize) -> Vec<Range<usize>> {
        let mut groups = Vec::new();
        let mut first = 0;
        for row in 0..self.n_rows() {
            if row > first && self.0[row + 1] as usize - self.0[first] as usize > n_tokens {
                groups.push(first..row);
                first = row;
            }
        }
        if first < self.n_rows() {
            groups.push(first..self.n_rows());
        }
        groups
    }

    /// Fails unless the boundaries cover exactly `n_tokens` tokens.
    pub(crate) fn expect_tokens(&self, op: &'static str, n_tokens: usize) -> Result<()> {
        if self.n_tokens() != n_tokens {
            bail!("{op}: offsets cover {} tokens, the tensor has {n_tokens}", self.n_tokens());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
