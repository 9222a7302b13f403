//! Decoders that predict the next token, and the keys and values they keep of the tokens so far.

use candle_core::{DType, Device, Result, Tensor, bail};
use sconce_ops::{KvCache, Mode, Offsets};

use crate::tokens::Tokens;

/// A decoder that predicts next tokens: what [`Generator`](crate::Generator) continues texts with
/// and [`score`](crate::score()) reads them with.
pub trait CausalLm: Send + Sync {
    /// Number of token ids, which is the width of the logits.
    fn vocab_size(&self) -> usize;

    /// Positions that the model was made for; `None`: no limit.
    fn max_positions(&self) -> Option<usize>;

    /// Caches for so many sequences that have no tokens yet.
    fn caches(&self, n_sequences: usize) -> LayerCaches;

    /// Feeds the new tokens of each sequence: logits of each sequence's last token.
    ///
    /// # Shapes
    /// - ids: `n_tokens` new ids, which `offsets` splits into the sequences of the caches
    /// - output: `(n_sequences, vocab)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, a sequence outgrows the positions or has no new token,
    /// or the offsets are of another number of sequences than the caches.
    fn next_logits(
        &self,
        ids: &[u32],
        offsets: &Offsets,
        caches: &mut LayerCaches,
    ) -> Result<Tensor>;

    /// Logits of every token, without a cache.
    ///
    /// # Shapes
    /// - output: `(n_tokens, vocab)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary or a sequence is longer than the positions.
    fn logits(&self, tokens: &Tokens<'_>, mode: Mode) -> Result<Tensor>;
}

/// One [`KvCache`] a layer, reordered and cut together.
#[derive(Debug)]
pub struct LayerCaches {
    /// The cache of each layer, the lowest first.
    pub layers: Vec<KvCache>,
}

impl LayerCaches {
    /// Empty caches of layers that are all alike.
    pub fn new(
        n_layers: usize,
        n_sequences: usize,
        n_kv_heads: usize,
        head_dim: usize,
        dtype: DType,
        device: &Device,
    ) -> Self {
        let cache = || KvCache::new(n_sequences, n_kv_heads, head_dim, dtype, device);
        Self { layers: (0..n_layers).map(|_| cache()).collect() }
    }

    /// Number of sequences; 0 without layers.
    pub fn n_sequences(&self) -> usize {
        self.layers.first().map_or(0, KvCache::n_sequences)
    }

    /// Tokens of each sequence; none without layers. Between two layers of one forward pass the
    /// lower layers hold the new tokens already: these are the lengths of the uppermost.
    pub fn lengths(&self) -> Vec<usize> {
        self.layers.last().map_or_else(Vec::new, KvCache::lengths)
    }

    /// The positions that new tokens will have: those after each sequence's last.
    ///
    /// # Errors
    /// If the offsets are of another number of sequences, or there are no layers.
    pub fn next_positions(&self, offsets: &Offsets) -> Result<Vec<u32>> {
        match self.layers.last() {
            Some(cache) => cache.next_positions(offsets),
            None => bail!("caches without layers know no positions"),
        }
    }

    /// Makes sequence `order[i]` of before the new sequence `i` in every layer: once, several times
    /// or not at all.
    ///
    /// # Errors
    /// If there is no such sequence. The caches are as they were then.
    pub fn reorder(&mut self, order: &[usize]) -> Result<()> {
        self.layers.iter_mut().try_for_each(|cache| cache.reorder(order))
    }

    /// Forgets the tokens of a sequence from `length` on in every layer.
    ///
    /// # Errors
    /// If there is no such sequence.
    pub fn truncate(&mut self, sequence: usize, length: usize) -> Result<()> {
        self.layers.iter_mut().try_for_each(|cache| cache.truncate(sequence, length))
    }
}

#[cfg(test)]
mod tests;
