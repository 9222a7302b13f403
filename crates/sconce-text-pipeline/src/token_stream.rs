//! Texts as one long list of tokens, for language models: cut into blocks, or read from places
//! drawn at random.

use crate::batch::PackedBatch;
use crate::error::{Error, Result};
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenStream {
    ids: Vec<u32>,
}

impl TokenStream {
    /// A stream of these tokens.
    pub fn new(ids: Vec<u32>) -> Self {
        Self { ids }
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
        Ok(Self { ids: all })
    }

    /// The tokens.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The first `n_tokens` and the rest, to train on one and be tested on the other.
    pub fn split_at(self, n_tokens: usize) -> (Self, Self) {
        let mut ids = self.ids;
        let rest = ids.split_off(n_tokens.min(ids.len()));
        (Self { ids }, Self { ids: rest })
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
            ids.extend_from_slice(&self.ids[row..row + block_size]);
            next.extend_from_slice(&self.ids[row + 1..row + 1 + block_size]);
        }
        let offsets = (0..=end).step_by(block_size).collect();
        Ok(PackedBatch { ids, type_ids: Vec::new(), offsets, targets: Targets::Tokens(next), rows })
    }
}

#[cfg(test)]
mod tests;
