//! Batches epoch after epoch, and places among them to go on from.

use serde::{Deserialize, Serialize};

use crate::error::{BatchError, Result};
use crate::token_cache::Fingerprint;

/// Says which batches an epoch has. The same seed and epoch always give the same ones, which is
/// why a [`Position`] is all that has to be kept.
pub trait Sampler {
    /// What names a batch: the numbers of its rows, for instance.
    type Batch;

    /// The batches of an epoch, in their order.
    fn epoch(&self, epoch: u64) -> Vec<Self::Batch>;

    /// What random orders follow from.
    fn seed(&self) -> u64;

    /// Tells samplers apart that give other batches with the same seed.
    fn settings(&self) -> Fingerprint;
}

impl<S: Sampler + ?Sized> Sampler for &S {
    type Batch = S::Batch;

    fn epoch(&self, epoch: u64) -> Vec<S::Batch> {
        (**self).epoch(epoch)
    }

    fn seed(&self) -> u64 {
        (**self).seed()
    }

    fn settings(&self) -> Fingerprint {
        (**self).settings()
    }
}

/// A place between two batches, to be saved with a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The epoch of the next batch.
    pub epoch: u64,
    /// How many batches of that epoch were given out.
    pub batch: u64,
    /// The seed of the sampler.
    pub seed: u64,
    /// The [settings](Sampler::settings) of the sampler.
    pub settings: Fingerprint,
}

/// The batches of one epoch after the other, without end, from any place.
///
/// ```
/// use sconce_text_pipeline::{BatchSampler, BatchStream};
///
/// let sampler = BatchSampler { shuffle: true, seed: 42, ..BatchSampler::new(10, 4) };
/// let mut stream = BatchStream::new(sampler);
/// stream.by_ref().take(4).for_each(drop); // three are an epoch
/// let saved = serde_json::to_string(&stream.position()).unwrap();
///
/// let position = serde_json::from_str(&saved).unwrap();
/// let again = BatchStream::resume(sampler, &position)?;
/// assert_eq!((position.epoch, position.batch), (1, 1));
/// assert!(stream.take(20).eq(again.take(20)));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchStream<S: Sampler> {
    sampler: S,
    settings: Fingerprint,
    epoch: u64,
    batches: std::vec::IntoIter<S::Batch>,
    n_batches: usize,
}

impl<S: Sampler> BatchStream<S> {
    /// Begins with the first batch of epoch 0.
    pub fn new(sampler: S) -> Self {
        let settings = sampler.settings();
        Self::at(sampler, settings, 0, 0)
    }

    /// Goes on where another stream of the same batches was. The order of one epoch is made anew;
    /// no batch before the place is.
    ///
    /// # Errors
    /// If seed or settings are not those of the position, or its epoch has fewer batches.
    pub fn resume(sampler: S, position: &Position) -> Result<Self> {
        let settings = sampler.settings();
        if position.seed != sampler.seed() {
            return Err(BatchError::PositionOfOthers { what: "the seed" }.into());
        }
        if position.settings != settings {
            let what = "the data or a setting";
            return Err(BatchError::PositionOfOthers { what }.into());
        }
        let &Position { epoch, batch, .. } = position;
        let n_given = usize::try_from(batch).unwrap_or(usize::MAX);
        let stream = Self::at(sampler, settings, epoch, n_given);
        if n_given > stream.n_batches {
            let n_batches = stream.n_batches;
            return Err(BatchError::PositionPastEnd { epoch, batch, n_batches }.into());
        }
        Ok(stream)
    }

    fn at(sampler: S, settings: Fingerprint, epoch: u64, n_given: usize) -> Self {
        let batches = sampler.epoch(epoch);
        let n_batches = batches.len();
        let mut batches = batches.into_iter();
        if n_given > 0 {
            batches.nth(n_given - 1);
        }
        Self { sampler, settings, epoch, batches, n_batches }
    }

    /// Where it is: before the batch that comes next.
    pub fn position(&self) -> Position {
        let batch = (self.n_batches - self.batches.len()) as u64;
        let (epoch, seed, settings) = (self.epoch, self.sampler.seed(), self.settings);
        Position { epoch, batch, seed, settings }
    }

    /// The batches that the epoch still has.
    pub fn n_left(&self) -> usize {
        self.batches.len()
    }

    /// What says which batches there are.
    pub fn sampler(&self) -> &S {
        &self.sampler
    }

    /// Each batch with the position after it. Behind a [`Prefetch`](crate::Prefetch), which is
    /// ahead of its consumer, that is the one to save.
    pub fn with_positions(mut self) -> impl Iterator<Item = (S::Batch, Position)> {
        std::iter::from_fn(move || self.next().map(|batch| (batch, self.position())))
    }
}

impl<S: Sampler> Iterator for BatchStream<S> {
    type Item = S::Batch;

    /// The next batch; nothing if an epoch has none at all.
    fn next(&mut self) -> Option<S::Batch> {
        if let Some(batch) = self.batches.next() {
            return Some(batch);
        }
        let batches = self.sampler.epoch(self.epoch + 1);
        if batches.is_empty() {
            return None;
        }
        self.epoch += 1;
        self.n_batches = batches.len();
        self.batches = batches.into_iter();
        self.batches.next()
    }
}

#[cfg(test)]
mod tests;
