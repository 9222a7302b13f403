//! Texts as one long list of tokens, for language models: cut into blocks, or read from places
//! drawn at random.

use std::ops::Range;

use crate::batch::PackedBatch;
use crate::dataset::EncodedDataset;
use crate::error::{Error, Result};
use crate::id_column::IdColumn;
use crate::in_parallel::in_parallel;
use crate::sampler::random;
use crate::targets::Targets;
use crate::tokenizer::Tokenizer;

/// The tokens of texts, one after the other.
///
/// ```
/// use sconce_text_pipeline::TokenStream;
///
/// let stream = TokenStream::new((0..100).collect());
/// let batch = stream.sample(3, 8, 42, 0)?;
/// assert_eq!(batch.offsets, [0, 8, 16, 24]);
/// assert_eq!(batch.targets.tokens().map(|next| next[0]), Some(batch.ids[1]));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenStream {
    all: IdColumn,
    /// Which of them the stream has.
    range: Range<usize>,
}

impl PartialEq for TokenStream {
    fn eq(&self, other: &Self) -> bool {
        self.ids() == other.ids()
    }
}

impl Eq for TokenStream {}

impl Default for TokenStream {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

/// The rows of a data set one after the other; those of a [`TokenCache`](crate::TokenCache) stay in
/// its file.
impl From<EncodedDataset> for TokenStream {
    fn from(dataset: EncodedDataset) -> Self {
        Self::over(dataset.into_ids())
    }
}

impl TokenStream {
    /// A stream of these tokens.
    pub fn new(ids: Vec<u32>) -> Self {
        Self::over(ids.into())
    }

    fn over(all: IdColumn) -> Self {
        Self { range: 0..all.len(), all }
    }

    /// The tokens of all texts, encoded in parallel; `end` goes after each text, if there is one.
    ///
    /// # Errors
    /// If a text cannot be tokenized.
    pub fn encode(tokenizer: &dyn Tokenizer, texts: &[&str], end: Option<u32>) -> Result<Self> {
        let mut all = Vec::new();
        let encode = |row: usize| {
            let mut ids = Vec::new();
            tokenizer.encode_ids(texts[row], &mut ids)?;
            ids.extend(end);
            Ok(ids)
        };
        in_parallel(texts.len(), encode, |_, ids| all.extend_from_slice(&ids))?;
        Ok(Self::new(all))
    }

    /// The tokens. If a file holds them as 16 bits, a copy of all is made the first time.
    pub fn ids(&self) -> &[u32] {
        &self.all.as_slice()[self.range.clone()]
    }

    /// Appends some of the tokens; of those in a file nothing else is copied. As with a slice, a
    /// place past the end is a panic.
    pub(crate) fn append(&self, places: Range<usize>, ids: &mut Vec<u32>) {
        let first = self.range.start;
        self.all.append(first + places.start..first + places.end, ids);
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The first `n_tokens` and the rest, to train on one and be tested on the other.
    pub fn split_at(self, n_tokens: usize) -> (Self, Self) {
        let Range { start, end } = self.range;
        let middle = start.saturating_add(n_tokens).min(end);
        let rest = match &self.all {
            // What each keeps is all it has.
            IdColumn::Owned(ids) => Self::new(ids[middle..end].to_vec()),
            mapped => Self { all: mapped.clone(), range: middle..end },
        };
        let mut first = Self { all: self.all, range: start..middle };
        if let IdColumn::Owned(ids) = &mut first.all {
            ids.truncate(middle);
        }
        (first, rest)
    }

    /// `n_rows` pieces of `block_size` tokens from places drawn at random, as nanoGPT does; the
    /// target of a token is the next one. A seed and a step always give the same.
    ///
    /// The `rows` of the batch are the places.
    ///
    /// # Errors
    /// If the stream has no more than `block_size` tokens.
    pub fn sample(
        &self,
        n_rows: usize,
        block_size: usize,
        seed: u64,
        step: u64,
    ) -> Result<PackedBatch> {
        let n_tokens = self.len();
        if block_size == 0 || n_tokens <= block_size {
            return Err(Error::StreamTooShort { n_tokens, block_size });
        }
        let end = u32::try_from(n_rows.saturating_mul(block_size))
            .map_err(|_| Error::BatchTooLarge { n_tokens: n_rows.saturating_mul(block_size) })?;
        let mut random = random(seed, step);
        let rows: Vec<usize> = (0..n_rows).map(|_| random.usize(..n_tokens - block_size)).collect();
        let mut ids = Vec::with_capacity(end as usize);
        let mut next = Vec::with_capacity(end as usize);
        for &row in &rows {
            self.append(row..row + block_size, &mut ids);
            self.append(row + 1..row + 1 + block_size, &mut next);
        }
        let offsets = (0..=end).step_by(block_size).collect();
        Ok(PackedBatch { ids, type_ids: Vec::new(), offsets, targets: Targets::Tokens(next), rows })
    }
}

#[cfg(test)]
mod tests;
