//! The batches of one process among several that train together.

use serde::{Deserialize, Serialize};

use crate::batch_stream::Sampler;
use crate::error::{BatchError, Result};
use crate::token_cache::Fingerprint;

/// What happens to batches that do not go round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remainder {
    /// They are left out of the epoch.
    #[default]
    Drop,
    /// The first batches come again for the processes that would have none, as in PyTorch's
    /// `DistributedSampler`.
    Repeat,
}

/// Which of how many processes this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The number of the process, from 0.
    pub rank: usize,
    /// The number of processes.
    pub world_size: usize,
    /// What happens to batches that do not go round.
    pub remainder: Remainder,
}

impl Shard {
    pub(crate) fn check(&self) -> Result<()> {
        let &Self { rank, world_size, .. } = self;
        if rank >= world_size {
            return Err(BatchError::InvalidShard { rank, world_size }.into());
        }
        Ok(())
    }
}

/// Every `world_size`-th batch of a sampler.
///
/// All processes have equally many batches in an epoch, and each batch belongs to one of them, but
/// for the [`Remainder`]. Batches stay what the sampler made of them, of like lengths or of so many
/// tokens. All processes must have the same sampler, seed included.
///
/// ```
/// use sconce_text_pipeline::{BatchSampler, BatchStream, Remainder, Shard, Sharded};
///
/// let sampler = BatchSampler::new(6, 1);
/// let shard = Shard { rank: 1, world_size: 2, remainder: Remainder::Drop };
/// let stream = BatchStream::new(Sharded::new(sampler, shard)?);
/// assert!(stream.take(3).flatten().eq([1, 3, 5]));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharded<S> {
    sampler: S,
    shard: Shard,
}

impl<S> Sharded<S> {
    /// The part of a process.
    ///
    /// # Errors
    /// If there is no process of that number.
    pub fn new(sampler: S, shard: Shard) -> Result<Self> {
        shard.check()?;
        Ok(Self { sampler, shard })
    }
}

impl<S: Sampler<Batch: Clone>> Sampler for Sharded<S> {
    type Batch = S::Batch;

    fn epoch(&self, epoch: u64) -> Vec<S::Batch> {
        let all = self.sampler.epoch(epoch);
        let Shard { rank, world_size, remainder } = self.shard;
        let n_mine = match remainder {
            Remainder::Drop => all.len() / world_size,
            Remainder::Repeat => all.len().div_ceil(world_size),
        };
        let mine = all.iter().cycle().skip(rank).step_by(world_size);
        mine.take(n_mine).cloned().collect()
    }

    fn seed(&self) -> u64 {
        self.sampler.seed()
    }

    /// Those of all processes are the same, so that the position of one serves them all.
    fn settings(&self) -> Fingerprint {
        let Shard { world_size, remainder, .. } = self.shard;
        let inner = self.sampler.settings().to_string();
        Fingerprint::builder()
            .bytes("shards of", inner.as_bytes())
            .bytes("world size", &(world_size as u64).to_le_bytes())
            .bytes("remainder", &[remainder as u8])
            .finish()
    }
}

#[cfg(test)]
mod tests;
