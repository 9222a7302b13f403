//! Rows put together, without any padding.

use crate::dataset::EncodedDataset;
use crate::error::{Error, Result};
use crate::targets::Targets;

/// Rows one after the other, with the places where they begin.
///
/// # Shapes
///
/// `ids` is `(n_tokens)`, `type_ids` the same or empty, `offsets` `(batch + 1)`, `rows` `(batch)`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PackedBatch {
    /// The ids of all tokens.
    pub ids: Vec<u32>,
    /// 0 for each token of a first text and 1 for those of a second; empty if all are 0.
    pub type_ids: Vec<u32>,
    /// Where each row begins in `ids`, and where the last one ends.
    pub offsets: Vec<u32>,
    /// What the rows or their tokens should be predicted as.
    pub targets: Targets,
    /// The number of each row in the data set.
    pub rows: Vec<usize>,
}

impl PackedBatch {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of tokens in all rows.
    pub fn n_tokens(&self) -> usize {
        self.ids.len()
    }

    /// The ids of one row of the batch. As with a slice, a row past the end is a panic.
    pub fn row(&self, index: usize) -> &[u32] {
        &self.ids[self.offsets[index] as usize..self.offsets[index + 1] as usize]
    }

    /// The class of each row; empty if the targets are not classes.
    pub fn labels(&self) -> &[u32] {
        self.targets.classes().unwrap_or_default()
    }

    /// The number of tokens in the longest row.
    pub fn max_len(&self) -> usize {
        let lengths = self.offsets.windows(2).map(|ends| ends[1] - ends[0]);
        lengths.max().unwrap_or_default() as usize
    }
}

/// Puts rows of a data set together.
#[derive(Debug, Clone, Copy)]
pub struct Collator<'a> {
    dataset: &'a EncodedDataset,
}

impl<'a> Collator<'a> {
    /// Batches will be made of rows of `dataset`.
    pub fn new(dataset: &'a EncodedDataset) -> Self {
        Self { dataset }
    }

    /// The given rows in the given order, as one batch.
    ///
    /// # Errors
    /// If a row is past the end, or there are more tokens than 32 bits can count.
    pub fn collate(&self, rows: &[usize]) -> Result<PackedBatch> {
        let dataset = self.dataset;
        let targets = dataset.empty_targets();
        let mut batch = PackedBatch { rows: rows.to_vec(), targets, ..PackedBatch::default() };
        batch.offsets.reserve_exact(rows.len() + 1);
        batch.offsets.push(0);
        for &row in rows {
            let tokens = dataset.tokens_of(row)?;
            dataset.append_ids(tokens.clone(), &mut batch.ids);
            dataset.append_types(tokens.clone(), &mut batch.type_ids);
            dataset.append_targets(&mut batch.targets, row, tokens);
            let n_tokens = batch.ids.len();
            let end = u32::try_from(n_tokens).map_err(|_| Error::BatchTooLarge { n_tokens })?;
            batch.offsets.push(end);
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests;
