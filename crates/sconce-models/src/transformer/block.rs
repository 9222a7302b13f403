//! One layer: attention, then a feed-forward network, each inside of a residual connection.

use candle_core::{Result, Tensor};
use sconce_ops::{KvCache, Mode, Offsets, add_dropout};

use super::config::{NormPlace, TransformerConfig};
use super::feed_forward::FeedForward;
use super::names::LayerNames;
use super::norm::Norm;
use super::scope::Scope;
use super::self_attention::SelfAttention;

/// A transformer layer.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    attention: SelfAttention,
    attention_norm: Norm,
    feed_forward: FeedForward,
    feed_forward_norm: Norm,
    norm_place: NormPlace,
    /// Of what attention adds to the residual stream, and of what the network adds.
    dropouts: [f64; 2],
}

impl Block {
    pub(crate) fn new(
        config: &TransformerConfig,
        names: &LayerNames,
        layer: usize,
        scope: &Scope,
    ) -> Result<Self> {
        let std = match config.scales_residual_init {
            true => config.initializer_range / (2. * config.n_layers as f64).sqrt(),
            false => config.initializer_range,
        };
        let norm =
            |name| Norm::new(config.norm, config.hidden_size, config.norm_eps, &scope.pp(name));
        Ok(Self {
            attention: SelfAttention::new(config, names, layer, scope, std)?,
            attention_norm: norm(names.attention_norm)?,
            feed_forward: FeedForward::new(config, names, scope, std)?,
            feed_forward_norm: norm(names.feed_forward_norm)?,
            norm_place: config.norm_place,
            dropouts: [config.attention_output_dropout, config.feed_forward_dropout],
        })
    }

    /// # Shapes
    /// - x: `(n_tokens, hidden)`, with a position for each token
    /// - output: as x
    pub(crate) fn forward(
        &self,
        x: &Tensor,
        offsets: &Offsets,
        positions: &[u32],
        mode: Mode,
    ) -> Result<Tensor> {
        self.around(x, mode, |x| self.attention.forward(x, offsets, positions, mode.layer(0)))
    }

    /// The layer's output for new tokens, which see those that the cache holds.
    pub(crate) fn forward_cached(
        &self,
        x: &Tensor,
        offsets: &Offsets,
        positions: &[u32],
        cache: &mut KvCache,
    ) -> Result<Tensor> {
        self.around(x, Mode::Eval, |x| self.attention.forward_cached(x, offsets, positions, cache))
    }

    /// The layer's output for one token of each sentence, computed for those alone where that can
    /// be done; `pick` chooses them.
    ///
    /// # Shapes
    /// - x: `(n_tokens, hidden)`; output: `(batch, hidden)`
    pub(crate) fn forward_picked(
        &self,
        x: &Tensor,
        offsets: &Offsets,
        positions: &[u32],
        mode: Mode,
        pick: impl Fn(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        if self.norm_place == NormPlace::Post {
            let picked = pick(x)?;
            let attended = self.attention.forward_picked(x, &picked, offsets, mode.layer(0))?;
            if let Some(attended) = attended {
                return self.around(&picked, mode, |_| Ok(attended));
            }
        }
        pick(&self.forward(x, offsets, positions, mode)?)
    }

    /// Both sublayers, with `attend` for the attention.
    fn around(
        &self,
        x: &Tensor,
        mode: Mode,
        attend: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let ([p, q], after_attention, after_all) = (self.dropouts, mode.layer(1), mode.layer(3));
        match self.norm_place {
            NormPlace::Post => {
                let x = self.attention_norm.after(&attend(x)?, x, p, after_attention)?;
                let h = self.feed_forward.forward(&x, mode.layer(2))?;
                self.feed_forward_norm.after(&h, &x, q, after_all)
            }
            NormPlace::Pre => {
                let attended = attend(&self.attention_norm.forward(x)?)?;
                let x = add_dropout(&attended, x, p, after_attention)?;
                let h = self.feed_forward_norm.forward(&x)?;
                let h = self.feed_forward.forward(&h, mode.layer(2))?;
                add_dropout(&h, &x, q, after_all)
            }
        }
    }
}
