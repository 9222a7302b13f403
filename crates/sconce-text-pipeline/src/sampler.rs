//! Which rows go together in which order.

use serde::{Deserialize, Serialize};

use crate::batch_stream::Sampler;
use crate::token_cache::Fingerprint;

/// Cuts the rows of a data set into batches, in a new order each epoch.
///
/// ```
/// use sconce_text_pipeline::BatchSampler;
///
/// let sampler = BatchSampler { shuffle: true, seed: 42, ..BatchSampler::new(10, 4) };
/// assert_eq!(sampler.batches(0), sampler.batches(0));
/// assert_ne!(sampler.batches(0), sampler.batches(1));
/// assert_eq!(sampler.n_batches(), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSampler {
    /// The number of rows.
    pub n_examples: usize,
    /// The number of rows in a batch; zero counts as one.
    pub batch_size: usize,
    /// Whether rows are shuffled, or come in their order.
    pub shuffle: bool,
    /// What the order of an epoch follows from, together with its number.
    pub seed: u64,
    /// Whether a last batch with too few rows is left out.
    pub drop_last: bool,
}

impl BatchSampler {
    /// Batches in order, the last one perhaps smaller.
    pub fn new(n_examples: usize, batch_size: usize) -> Self {
        Self { n_examples, batch_size, shuffle: false, seed: 0, drop_last: false }
    }

    /// The number of batches in an epoch.
    pub fn n_batches(&self) -> usize {
        let size = self.batch_size.max(1);
        match self.drop_last {
            true => self.n_examples / size,
            false => self.n_examples.div_ceil(size),
        }
    }

    /// The batches of an epoch; a seed and an epoch always give the same.
    pub fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        let mut rows: Vec<usize> = (0..self.n_examples).collect();
        if self.shuffle {
            random(self.seed, epoch).shuffle(&mut rows);
        }
        let batches = rows.chunks(self.batch_size.max(1)).map(<[usize]>::to_vec);
        batches.take(self.n_batches()).collect()
    }

    /// Batches of rows of like length, shortest first, for evaluation: a padded view of one wastes
    /// little. Rows of one length keep their order.
    pub fn by_length(lengths: &[usize], batch_size: usize) -> Vec<Vec<usize>> {
        let mut rows: Vec<usize> = (0..lengths.len()).collect();
        rows.sort_by_key(|row| lengths[*row]);
        rows.chunks(batch_size.max(1)).map(<[usize]>::to_vec).collect()
    }
}

impl Sampler for BatchSampler {
    type Batch = Vec<usize>;

    fn epoch(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batches(epoch)
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn settings(&self) -> Fingerprint {
        Fingerprint::builder()
            .bytes("rows", &(self.n_examples as u64).to_le_bytes())
            .bytes("batch size", &(self.batch_size.max(1) as u64).to_le_bytes())
            .bytes("how", &[u8::from(self.shuffle), u8::from(self.drop_last)])
            .finish()
    }
}

/// A generator for one of many streams of a seed.
///
/// Both numbers go through the finalizer of SplitMix64, so that neighbouring seeds and streams
/// have nothing in common.
pub(crate) fn random(seed: u64, stream: u64) -> fastrand::Rng {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    };
    fastrand::Rng::with_seed(mix(mix(seed) ^ stream))
}

#[cfg(test)]
mod tests;
