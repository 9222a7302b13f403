//! A stream of tokens cut into blocks, each token with the next one as its target.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::batch::PackedBatch;
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
        let n_tokens = self.kept(stream.len())?;
        let (mut ids, mut targets) = (Vec::with_capacity(n_tokens), Vec::with_capacity(n_tokens));
        let mut offsets = vec![0];
        for start in (0..n_tokens).step_by(self.block_size) {
            self.append(
                stream,
                start..n_tokens.min(start + self.block_size),
                &mut ids,
                &mut targets,
            );
            offsets.push(ids.len());
        }
        EncodedDataset::new(ids, Vec::new(), offsets, Targets::Tokens(targets))
    }

    /// The number of blocks of a stream: what a [`BatchSampler`](crate::BatchSampler) needs for
    /// [`collate`](Self::collate).
    ///
    /// # Errors
    /// If no block comes of it.
    pub fn n_blocks(&self, stream: &TokenStream) -> Result<usize> {
        Ok(self.kept(stream.len())?.div_ceil(self.block_size))
    }

    /// The given blocks in the given order, as [`cut`](Self::cut) makes them, but straight from the
    /// stream: of one over a [`TokenCache`](crate::TokenCache) nothing else is ever in memory.
    ///
    /// # Errors
    /// If no block comes of the stream, one is past the end, or there are more tokens than 32 bits
    /// can count.
    pub fn collate(&self, stream: &TokenStream, blocks: &[usize]) -> Result<PackedBatch> {
        let (n_tokens, len) = (self.kept(stream.len())?, self.n_blocks(stream)?);
        let mut batch = PackedBatch { offsets: vec![0], ..PackedBatch::default() };
        let mut targets = Vec::new();
        for &row in blocks {
            if row >= len {
                return Err(Error::RowOutOfRange { row, len });
            }
            let start = row * self.block_size;
            let end = n_tokens.min(start + self.block_size);
            self.append(stream, start..end, &mut batch.ids, &mut targets);
            let n_tokens = batch.ids.len();
            let end = u32::try_from(n_tokens).map_err(|_| Error::BatchTooLarge { n_tokens })?;
            batch.offsets.push(end);
        }
        batch.rows = blocks.to_vec();
        batch.targets = Targets::Tokens(targets);
        Ok(batch)
    }

    /// How many of so many tokens are in blocks.
    fn kept(&self, n_all: usize) -> Result<usize> {
        let block_size = self.block_size;
        let too_short = Error::StreamTooShort { n_tokens: n_all, block_size };
        if block_size == 0 {
            return Err(too_short);
        }
        let mut n_tokens = n_all;
        let n_over = n_tokens % block_size;
        // Of a single token, nothing is predicted that would not be beyond its block or the stream.
        if n_over > 0 && (!self.keep_last || n_over == 1) {
            n_tokens -= n_over;
        }
        // The first token of all has a next one, or the second of a longer block, or none has.
        let is_predicted = n_all > 1 && (self.across || block_size > 1);
        if n_tokens == 0 || !is_predicted {
            return Err(too_short);
        }
        Ok(n_tokens)
    }

    /// Appends the tokens of a block and those that follow them.
    fn append(
        &self,
        stream: &TokenStream,
        block: Range<usize>,
        ids: &mut Vec<u32>,
        targets: &mut Vec<u32>,
    ) {
        stream.append(block.clone(), ids);
        // A block that the stream ends within has no token after its last.
        let ends_here = !self.across && block.len() == self.block_size;
        let end = if ends_here { block.end } else { (block.end + 1).min(stream.len()) };
        stream.append(block.start + 1..end, targets);
        targets.resize(ids.len(), IGNORE);
    }
}

#[cfg(test)]
mod tests;
