//! One long text read in columns, piece after piece, for recurrent language models that keep their
//! state from one batch to the next: truncated backpropagation through time.
//!
//! The stream is cut into as many columns as a batch has rows. Row `r` of every batch goes on where
//! row `r` of the batch before ended. Lengths may vary as in AWD-LSTM (Merity et al., 2017,
//! arXiv:1708.02182, section 5), so that not the same tokens are first in their piece each epoch.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::batch::PackedBatch;
use crate::batch_stream::Sampler;
use crate::error::{BatchError, Error, Result};
use crate::sampler::random;
use crate::shard::Shard;
use crate::targets::Targets;
use crate::token_cache::Fingerprint;
use crate::token_stream::TokenStream;

/// How long pieces are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BpttLengths {
    /// All the same but for the last.
    #[default]
    Fixed,
    /// Drawn anew each epoch: around the length, or half of it in one of twenty cases, with a
    /// standard deviation of 5, and at least 5. Learning rates are best scaled with them.
    Varying,
}

/// What becomes of tokens that do not fill a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BpttRemainder {
    /// Columns are longer by one token, and the last ones end early or are empty. torchtext fills
    /// them up with padding instead; here nothing is predicted of it.
    #[default]
    Keep,
    /// They are left out, as in PyTorch's examples.
    Drop,
}

/// Batches of consecutive pieces of a stream.
///
/// As a [`Sampler`] it gives the times of each batch, which [`collate`](Self::collate) makes a
/// batch of, with the next tokens as [`Targets::Tokens`]. `(seq, batch)` is
/// [`PaddedBatch::time_major`](crate::PaddedBatch::time_major) away.
///
/// ```
/// use sconce_text_pipeline::{BpttBatches, PaddedBatch, Sampler, TokenStream};
///
/// let stream = TokenStream::new((0..10).collect());
/// let batches = BpttBatches::new(&stream, 2, 3);
/// let times = batches.epoch(0);
/// let batch = batches.collate(&times[0])?;
/// assert_eq!((batch.row(0), batch.row(1)), (&[0, 1, 2][..], &[5, 6, 7][..]));
/// assert_eq!(batch.targets.tokens(), Some(&[1, 2, 3, 6, 7, 8][..]));
/// assert_eq!(PaddedBatch::from_packed(&batch, 0).time_major().ids, [0, 5, 1, 6, 2, 7]);
/// assert_eq!(batches.collate(&times[1])?.row(0), [3]); // 4 has no next token in its column
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BpttBatches<'a> {
    /// The text.
    pub stream: &'a TokenStream,
    /// The rows of a batch.
    pub n_columns: usize,
    /// The tokens of a row: torchtext's `bptt_len`.
    pub length: usize,
    /// Whether all pieces have that length.
    pub lengths: BpttLengths,
    /// What becomes of tokens that do not fill a column.
    pub remainder: BpttRemainder,
    /// What varying lengths follow from, together with the epoch.
    pub seed: u64,
    /// Which columns are this process's, if there are several: `n_columns` of `world_size` times
    /// as many. All have equally many batches; the remainder of the shard has no meaning here.
    pub shard: Option<Shard>,
}

impl<'a> BpttBatches<'a> {
    /// Pieces of equal length, of all tokens, for one process.
    pub fn new(stream: &'a TokenStream, n_columns: usize, length: usize) -> Self {
        Self {
            stream,
            n_columns,
            length,
            lengths: BpttLengths::default(),
            remainder: BpttRemainder::default(),
            seed: 0,
            shard: None,
        }
    }

    /// Refuses what gives no batches.
    ///
    /// # Errors
    /// If a number is zero, the stream has fewer than two tokens for a column, or the shard is
    /// none.
    pub fn check(&self) -> Result<()> {
        let zero = |name| Err(BatchError::Zero { name }.into());
        match (self.n_columns, self.length) {
            (0, _) => return zero("n_columns"),
            (_, 0) => return zero("length"),
            _ => {}
        }
        self.shard.map_or(Ok(()), |shard| shard.check())?;
        if self.column_len() < 2 {
            let (n_tokens, n_columns) = (self.stream.len(), self.n_all());
            return Err(BatchError::StreamTooShort { n_tokens, n_columns }.into());
        }
        Ok(())
    }

    /// The columns of all processes.
    fn n_all(&self) -> usize {
        self.n_columns.saturating_mul(self.shard.map_or(1, |shard| shard.world_size)).max(1)
    }

    /// The tokens of a column.
    fn column_len(&self) -> usize {
        match self.remainder {
            BpttRemainder::Keep => self.stream.len().div_ceil(self.n_all()),
            BpttRemainder::Drop => self.stream.len() / self.n_all(),
        }
    }

    /// The tokens of a column between two times that have a next one.
    fn tokens(&self, column: usize, times: &Range<usize>) -> Range<usize> {
        let first = column * self.column_len();
        let last = (first + self.column_len()).min(self.stream.len()).saturating_sub(1);
        let end = (first + times.end).min(last);
        (first + times.start).min(end)..end
    }

    /// The batch of these times, one row for each column; a column that has ended has an empty row.
    ///
    /// # Errors
    /// If there is nothing to make batches of ([`check`](Self::check)), or there are more tokens
    /// than 32 bits can count.
    pub fn collate(&self, times: &Range<usize>) -> Result<PackedBatch> {
        self.check()?;
        let first = self.shard.map_or(0, |shard| shard.rank) * self.n_columns;
        let mut batch = PackedBatch { offsets: vec![0], ..PackedBatch::default() };
        let mut next = Vec::new();
        for column in first..first + self.n_columns {
            let tokens = self.tokens(column, times);
            self.stream.append(tokens.clone(), &mut batch.ids);
            self.stream.append(tokens.start + 1..tokens.end + 1, &mut next);
            let n_tokens = batch.ids.len();
            let end = u32::try_from(n_tokens).map_err(|_| Error::BatchTooLarge { n_tokens })?;
            batch.offsets.push(end);
            batch.rows.push(column);
        }
        batch.targets = Targets::Tokens(next);
        Ok(batch)
    }

    /// The length of a piece.
    fn draw(&self, random: &mut fastrand::Rng) -> usize {
        let length = if random.f64() < 0.95 { self.length as f64 } else { self.length as f64 / 2. };
        // Twelve uniform numbers are near enough to a normal one, and the same on every machine.
        let normal: f64 = (0..12).map(|_| random.f64()).sum::<f64>() - 6.;
        ((length + 5. * normal) as usize).max(5.min(self.length))
    }
}

impl Sampler for BpttBatches<'_> {
    /// The times of a batch, counted from the first token of a column.
    type Batch = Range<usize>;

    /// None if there is nothing to make batches of ([`check`](BpttBatches::check)).
    fn epoch(&self, epoch: u64) -> Vec<Range<usize>> {
        if self.check().is_err() {
            return Vec::new();
        }
        let mut random = random(self.seed, epoch);
        let n_times = self.column_len() - 1;
        let (mut batches, mut start) = (Vec::new(), 0);
        while start < n_times {
            let length = match self.lengths {
                BpttLengths::Fixed => self.length,
                BpttLengths::Varying => self.draw(&mut random),
            };
            let end = n_times.min(start.saturating_add(length));
            batches.push(start..end);
            start = end;
        }
        batches
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn settings(&self) -> Fingerprint {
        let world_size = self.shard.map_or(1, |shard| shard.world_size);
        let sizes = [self.stream.len(), self.n_columns, self.length, world_size];
        let mut settings =
            Fingerprint::builder().bytes("bptt", &[self.lengths as u8, self.remainder as u8]);
        for size in sizes {
            settings = settings.bytes("", &(size as u64).to_le_bytes());
        }
        settings.finish()
    }
}

#[cfg(test)]
mod tests;
