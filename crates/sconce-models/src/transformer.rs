//! The transformer that all families share (Vaswani et al., 2017, arXiv:1706.03762): embeddings, a
//! stack of layers, and perhaps a norm at the end, over packed sentences.
//!
//! A family says in a [`TransformerConfig`] what its layers look like and in
//! [`TransformerNames`] what its parameters are called; there is one forward pass for all of them.

use candle_core::{Result, Tensor};
use sconce_ops::{KvCache, Mode, Offsets, Param, first_of_each, last_of_each};

use crate::causal_lm::LayerCaches;
use crate::tokens::Tokens;

mod block;
mod config;
mod embeddings;
mod feed_forward;
mod names;
mod norm;
mod projection;
mod scope;
mod self_attention;

use self::block::Block;
pub use self::config::{Biases, NormKind, NormPlace, Positions, TransformerConfig};
use self::embeddings::{Embeddings, places};
pub use self::names::{LayerNames, QkvNames, TransformerNames};
pub(crate) use self::norm::Norm;
pub(crate) use self::projection::Projection;
pub(crate) use self::scope::{MapSpec, Scope};

/// Layer keys of dropout masks.
const EMBEDDINGS: u64 = 0;
const LAYERS: u64 = 1;

/// One token of each sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The first (`[CLS]`).
    First,
    /// The last.
    Last,
}

/// A transformer without a head. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct Transformer {
    config: TransformerConfig,
    embeddings: Embeddings,
    layers: Vec<Block>,
    final_norm: Option<Norm>,
}

impl Transformer {
    /// Creates or finds the parameters.
    pub(crate) fn new(
        config: &TransformerConfig,
        names: &TransformerNames,
        scope: &Scope,
    ) -> Result<Self> {
        let embeddings = Embeddings::new(config, names, scope)?;
        let layers = scope.pp(names.layers);
        let layer = |i| Block::new(config, &names.layer, i, &layers.pp(i));
        let layers = (0..config.n_layers).map(layer).collect::<Result<_>>()?;
        let final_norm = (config.norm_place == NormPlace::Pre).then(|| {
            let scope = scope.pp(names.final_norm);
            Norm::new(config.norm, config.hidden_size, config.norm_eps, &scope)
        });
        let final_norm = final_norm.transpose()?;
        Ok(Self { config: config.clone(), embeddings, layers, final_norm })
    }

    /// Sizes and kinds.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// The table of the token ids, which a language model's output may share.
    pub fn words(&self) -> &Param {
        self.embeddings.words()
    }

    /// Encodes every token.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`
    /// - output: `(n_tokens, hidden)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, or a sentence has more tokens than there are learned
    /// positions.
    pub fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> Result<Tensor> {
        let (x, positions) = self.embed(tokens, mode)?;
        let x = self.run(x, tokens.offsets, &positions, mode, self.layers.len())?;
        self.finish(x)
    }

    /// The embeddings and the output of each layer, the last one normalized where the family does
    /// that: Hugging Face's `hidden_states`.
    ///
    /// # Shapes
    /// - outputs: `n_layers + 1` of `(n_tokens, hidden)`
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn hidden_states(&self, tokens: &Tokens<'_>, mode: Mode) -> Result<Vec<Tensor>> {
        let (mut x, positions) = self.embed(tokens, mode)?;
        let mut states = vec![x.clone()];
        for (key, layer) in (LAYERS..).zip(&self.layers) {
            x = layer.forward(&x, tokens.offsets, &positions, mode.layer(key))?;
            states.push(x.clone());
        }
        if let Some(last) = states.pop() {
            states.push(self.finish(last)?);
        }
        Ok(states)
    }

    /// Encodes every token and gives one of each sentence. Of the last layer, what no other token
    /// needs is not computed for them.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`
    /// - output: `(batch, hidden)`; zeros for a sentence without tokens
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_picked(&self, tokens: &Tokens<'_>, pick: Pick, mode: Mode) -> Result<Tensor> {
        let offsets = tokens.offsets;
        let pick = |x: &Tensor| match pick {
            Pick::First => first_of_each(x, offsets),
            Pick::Last => last_of_each(x, offsets),
        };
        let (x, positions) = self.embed(tokens, mode)?;
        let has_empty = offsets.iter().any(|row| row.is_empty());
        match self.layers.last() {
            Some(last) if !has_empty => {
                let n_below = self.layers.len() - 1;
                let x = self.run(x, offsets, &positions, mode, n_below)?;
                let mode = mode.layer(LAYERS + n_below as u64);
                self.finish(last.forward_picked(&x, offsets, &positions, mode, pick)?)
            }
            _ => {
                let x = self.run(x, offsets, &positions, mode, self.layers.len())?;
                pick(&self.finish(x)?)
            }
        }
    }

    /// Encodes new tokens of sequences that go on, as decoders do: they see what the caches hold and
    /// are added to it.
    ///
    /// # Shapes
    /// - ids: `n_tokens`, those of each sequence in turn
    /// - output: `(n_tokens, hidden)`
    ///
    /// # Errors
    /// As [`forward`](Self::forward); also if the caches are of another model or another number of
    /// sequences, or the weights are tracked.
    pub fn forward_cached(
        &self,
        ids: &[u32],
        offsets: &Offsets,
        caches: &mut LayerCaches,
    ) -> Result<Tensor> {
        let tokens = Tokens::new(ids, offsets);
        self.embeddings.check(&tokens)?;
        let positions = caches.next_positions(offsets)?;
        let longest = positions.iter().max().map_or(0, |&last| last as usize + 1);
        self.embeddings.check_length(longest)?;
        let mut x = self.embeddings.forward(&tokens, &positions, Mode::Eval)?;
        if caches.layers.len() != self.layers.len() {
            candle_core::bail!(
                "transformer: {} layers, caches of {}",
                self.layers.len(),
                caches.layers.len()
            );
        }
        for (layer, cache) in self.layers.iter().zip(&mut caches.layers) {
            x = layer.forward_cached(&x, offsets, &positions, cache)?;
        }
        self.finish(x)
    }

    /// Empty caches for so many sequences.
    pub fn caches(&self, n_sequences: usize) -> LayerCaches {
        let words = self.words().var();
        let (n_kv_heads, head_dim) = (self.config.n_kv_heads, self.config.head_dim);
        let cache =
            || KvCache::new(n_sequences, n_kv_heads, head_dim, words.dtype(), words.device());
        LayerCaches { layers: self.layers.iter().map(|_| cache()).collect() }
    }

    fn embed(&self, tokens: &Tokens<'_>, mode: Mode) -> Result<(Tensor, Vec<u32>)> {
        self.embeddings.check(tokens)?;
        let positions = places(tokens.offsets);
        let x = self.embeddings.forward(tokens, &positions, mode.layer(EMBEDDINGS))?;
        Ok((x, positions))
    }

    /// The first `n` layers.
    fn run(
        &self,
        mut x: Tensor,
        offsets: &Offsets,
        positions: &[u32],
        mode: Mode,
        n: usize,
    ) -> Result<Tensor> {
        for (key, layer) in (LAYERS..).zip(&self.layers[..n]) {
            x = layer.forward(&x, offsets, positions, mode.layer(key))?;
        }
        Ok(x)
    }

    fn finish(&self, x: Tensor) -> Result<Tensor> {
        match &self.final_norm {
            Some(norm) => norm.forward(&x),
            None => Ok(x),
        }
    }
}
