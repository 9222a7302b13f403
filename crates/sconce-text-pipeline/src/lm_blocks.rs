//! A stream of tokens cut into blocks, each token with the next one as its target.

use serde::{Deserialize, Serialize};

use crate::dataset::EncodedDataset;
use crate::error::{Error, Result};
use crate::targets::{IGNORE, Targets};
use crate::token_stream::TokenStream;

/// How a stream is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LmBlocks {
    /// Tokens of a block: at most as many as the model has positions.
    pub block_size: usize,
    /// Whether a last block with fewer tokens is kept; true by default.
    pub keep_last: bool,
    /// Whether the last token of a block has the first of the next block as its target, so that
    /// every token but the first of all is predicted once; true by default. If not, it has none,
    /// as in Hugging Face's examples.
    pub across: bool,
}

impl LmBlocks {
    /// Blocks of so many tokens; everything is kept and predicted.
    pub fn new(block_size: usize) -> Self {
        Self { block_size, keep_last: true, across: true }
    }

    /// The blocks of a stream as rows, with [`Targets::Tokens`]: the next token, or [`IGNORE`]
    /// after the last one. A block without any target is left out.
    ///
    /// ```
    /// use sconce_text_pipeline::{IGNORE, LmBlocks, Targets, TokenStream};
    ///
    /// let blocks = LmBlocks::new(3).cut(&TokenStream::new(vec![5, 6, 7, 8, 9]))?;
    /// assert_eq!((blocks.row(0), blocks.row(1)), (&[5, 6, 7][..], &[8, 9][..]));
    /// assert_eq!(blocks.targets(), &Targets::Tokens(vec![6, 7, 8, 9, IGNORE]));
    /// # Ok::<(), sconce_text_pipeline::Error>(())
    /// ```
    ///
    /// # Errors
    /// If no block comes of it.
    pub fn cut(&self, stream: &TokenStream) -> Result<EncodedDataset> {
        let (all, block_size) = (stream.ids(), self.block_size);
        let too_short = Error::StreamTooShort { n_tokens: all.len(), block_size };
        if block_size == 0 {
            return Err(too_short);
        }
        let mut n_tokens = all.len();
        let n_over = n_tokens % block_size;
        // Of a single token, nothing is predicted that would not be beyond its block or the stream.
        if n_over > 0 && (!self.keep_last || n_over == 1) {
            n_tokens -= n_over;
        }
        let has_next = |token: usize| {
            token + 1 < all.len() && (self.across || !(token + 1).is_multiple_of(block_size))
        };
        if n_tokens == 0 || !(0..n_tokens).any(has_next) {
            return Err(too_short);
        }
        let ids = all[..n_tokens].to_vec();
        let target = |token: usize| if has_next(token) { all[token + 1] } else { IGNORE };
        let targets = Targets::Tokens((0..n_tokens).map(target).collect());
        let mut offsets: Vec<usize> = (0..n_tokens).step_by(block_size).collect();
        offsets.push(n_tokens);
        EncodedDataset::new(ids, Vec::new(), offsets, targets)
    }
}

#[cfg(test)]
mod tests;
