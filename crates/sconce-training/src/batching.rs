//! Which rows go together: shuffled to train on, of like length to be evaluated.

use sconce_text_pipeline::{BatchSampler, BatchSize, BucketSampler};
use serde::{Deserialize, Serialize};

/// Tokens of an evaluation batch: enough to keep all cores busy, few enough for any memory.
const EVALUATION_TOKENS: usize = 4096;

/// How the rows of a training set become batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Batching {
    /// Rows of a batch.
    pub batch_size: usize,
    /// Seed of the order of the rows.
    pub seed: u64,
    /// Whether rows of like length go together: a step of packed rows costs the same, and no row
    /// of a padded view is much longer than its neighbours. Off by default.
    pub by_length: bool,
}

impl Default for Batching {
    /// 32 rows in any order, seed 42.
    fn default() -> Self {
        Self { batch_size: 32, seed: 42, by_length: false }
    }
}

impl Batching {
    /// The batches of an epoch of rows with so many tokens each. Each row is in one of them; seed
    /// and epoch alone decide in which.
    pub fn batches(&self, lengths: &[usize], epoch: u64) -> Vec<Vec<usize>> {
        let &Self { batch_size, seed, by_length } = self;
        if by_length {
            return BucketSampler::new(lengths, BatchSize::Rows(batch_size), seed).batches(epoch);
        }
        let sampler = BatchSampler::new(lengths.len(), batch_size);
        BatchSampler { shuffle: true, seed, ..sampler }.batches(epoch)
    }
}

/// Every row once, in batches of like length, the longest first, that have some thousand tokens.
pub(crate) fn evaluation_batches(lengths: &[usize]) -> Vec<Vec<usize>> {
    let sampler = BucketSampler::new(lengths, BatchSize::Tokens(EVALUATION_TOKENS), 0);
    BucketSampler { pool: usize::MAX, shuffle: false, ..sampler }.batches(0)
}

#[cfg(test)]
mod tests;
