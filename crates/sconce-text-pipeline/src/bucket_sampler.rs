//! Batches of rows of like length, and batches of at most so many tokens, in a new order each epoch.

use serde::{Deserialize, Serialize};

use crate::batch_stream::Sampler;
use crate::sampler::random;
use crate::token_cache::Fingerprint;

/// How much goes into a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchSize {
    /// So many rows; zero counts as one. The last batch of an epoch may be smaller.
    Rows(usize),
    /// As many rows as have this many tokens together; a longer row is a batch of its own.
    Tokens(usize),
    /// As many rows as have this many places once all are padded to the longest: what a padded
    /// batch takes of memory. A longer row is a batch of its own.
    Padded(usize),
}

/// Puts rows of like length together without giving up chance.
///
/// The rows are shuffled, cut into pools of many batches, sorted by length within each pool and cut
/// into batches; the batches are shuffled. So a row meets others each epoch, the lengths in a batch
/// are near each other (what Hugging Face calls `group_by_length`), and long batches come at any
/// time. Within a batch the longest row comes first (torchtext's `sort_within_batch`). Seed and
/// epoch alone decide, so a run can go on in the middle of an epoch.
///
/// ```
/// use sconce_text_pipeline::{BatchSize, BucketSampler};
///
/// let lengths = [3, 50, 4, 48, 5, 51];
/// let sampler = BucketSampler::new(&lengths, BatchSize::Rows(3), 42);
/// for rows in sampler.batches(0) {
///     let is_long = rows.iter().map(|row| lengths[*row] > 10).collect::<Vec<_>>();
///     assert!(is_long == [true; 3] || is_long == [false; 3]);
/// }
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSampler<'a> {
    /// The number of tokens of each row.
    pub lengths: &'a [usize],
    /// How much goes into a batch.
    pub size: BatchSize,
    /// How many batches a pool has: 1 sorts nothing of use, very many sort everything. 50 by
    /// default.
    pub pool: usize,
    /// Whether rows and batches are shuffled; true by default. If not, rows keep their order but
    /// for the sorting within pools.
    pub shuffle: bool,
    /// What the order of an epoch follows from, together with its number.
    pub seed: u64,
    /// Whether the batch with the longest row comes first, so that one that is too large for the
    /// memory is so at once; false by default.
    pub longest_first: bool,
    /// Whether batches with fewer than [`BatchSize::Rows`] are left out, as the end of a pool may
    /// be; false by default. Batches of so many tokens are all kept.
    pub drop_last: bool,
}

impl<'a> BucketSampler<'a> {
    /// Shuffled batches from pools of 50.
    pub fn new(lengths: &'a [usize], size: BatchSize, seed: u64) -> Self {
        Self {
            lengths,
            size,
            pool: 50,
            shuffle: true,
            seed,
            longest_first: false,
            drop_last: false,
        }
    }

    /// The batches of an epoch; each row is in one of them.
    pub fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        let mut random = random(self.seed, epoch);
        let mut rows: Vec<usize> = (0..self.lengths.len()).collect();
        if self.shuffle {
            random.shuffle(&mut rows);
        }
        let mut batches = Vec::new();
        for pool in self.pools(rows) {
            self.cut(pool, &mut batches);
        }
        if let (true, BatchSize::Rows(n_rows)) = (self.drop_last, self.size) {
            batches.retain(|batch| batch.len() >= n_rows);
        }
        if self.shuffle {
            random.shuffle(&mut batches);
        }
        if self.longest_first {
            // Within a batch the longest row is the first.
            let longest = |batch: &Vec<usize>| batch.first().map(|row| self.lengths[*row]);
            let first = batches.iter().map(longest).max().flatten();
            let at = batches.iter().position(|batch| longest(batch) == first).unwrap_or_default();
            if let Some(until) = batches.get_mut(..=at) {
                until.rotate_right(1);
            }
        }
        batches
    }

    /// Cuts rows where a pool is full.
    fn pools(&self, rows: Vec<usize>) -> Vec<Vec<usize>> {
        let n_pool = |n: usize| n.max(1).saturating_mul(self.pool.max(1));
        match self.size {
            BatchSize::Rows(n_rows) => rows.chunks(n_pool(n_rows)).map(<[usize]>::to_vec).collect(),
            BatchSize::Tokens(n_tokens) | BatchSize::Padded(n_tokens) => {
                let (mut pools, mut pool, mut n_inside) = (Vec::new(), Vec::new(), 0usize);
                for row in rows {
                    n_inside = n_inside.saturating_add(self.lengths[row]);
                    pool.push(row);
                    if n_inside >= n_pool(n_tokens) {
                        pools.push(std::mem::take(&mut pool));
                        n_inside = 0;
                    }
                }
                pools.push(pool);
                pools
            }
        }
    }

    /// Sorts a pool, longest first, and cuts it into batches.
    fn cut(&self, mut pool: Vec<usize>, batches: &mut Vec<Vec<usize>>) {
        pool.sort_by_key(|row| std::cmp::Reverse(self.lengths[*row]));
        match self.size {
            BatchSize::Rows(n_rows) => {
                batches.extend(pool.chunks(n_rows.max(1)).map(<[usize]>::to_vec));
            }
            BatchSize::Tokens(most) | BatchSize::Padded(most) => {
                let is_padded = matches!(self.size, BatchSize::Padded(_));
                let (mut batch, mut n_tokens) = (Vec::new(), 0usize);
                for row in pool {
                    // Padded, a row takes as much as the first of its batch, the longest.
                    let longest = batch.first().map_or(self.lengths[row], |row| self.lengths[*row]);
                    let n_more = if is_padded { longest } else { self.lengths[row] };
                    if n_tokens.saturating_add(n_more) > most && !batch.is_empty() {
                        batches.push(std::mem::take(&mut batch));
                        n_tokens = 0;
                    }
                    n_tokens += if batch.is_empty() { self.lengths[row] } else { n_more };
                    batch.push(row);
                }
                batches.extend(Some(batch).filter(|batch| !batch.is_empty()));
            }
        }
    }
}

impl Sampler for BucketSampler<'_> {
    type Batch = Vec<usize>;

    fn epoch(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batches(epoch)
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn settings(&self) -> Fingerprint {
        let lengths: Vec<u8> =
            self.lengths.iter().flat_map(|length| (*length as u64).to_le_bytes()).collect();
        let (kind, size) = match self.size {
            BatchSize::Rows(n_rows) => (0, n_rows),
            BatchSize::Tokens(n_tokens) => (1, n_tokens),
            BatchSize::Padded(n_tokens) => (2, n_tokens),
        };
        let flags = [self.shuffle, self.longest_first, self.drop_last].map(u8::from);
        Fingerprint::builder()
            .bytes("lengths", &lengths)
            .bytes("kind", &[kind])
            .bytes("size", &(size as u64).to_le_bytes())
            .bytes("pool", &(self.pool as u64).to_le_bytes())
            .bytes("how", &flags)
            .finish()
    }
}

#[cfg(test)]
mod tests;
