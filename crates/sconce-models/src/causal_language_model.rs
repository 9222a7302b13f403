//! A causal language model (Radford et al., 2019): every token's vector predicts the next token, by
//! an output layer that may be the table of the token ids again.

use candle_core::Tensor;
use sconce_ops::{Mode, Offsets, Param, Params, Weight, last_of_each, linear};

use crate::backbone::Backbone;
use crate::causal_lm::{CausalLm, LayerCaches};
use crate::config::PretrainedConfig;
use crate::error::{Error, Result};
use crate::lora::Adapters;
use crate::tokens::Tokens;

const TRANSFORMER: u64 = 1;

/// A model of next tokens. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct CausalLanguageModel {
    backbone: Backbone,
    output: Param,
}

impl CausalLanguageModel {
    /// Creates or finds the parameters.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters, or the family has no such head.
    pub fn new(config: &PretrainedConfig, params: &Params) -> Result<Self> {
        let backbone = Backbone::new(config, params)?;
        let blueprint = config.blueprint();
        let Some((name, _)) = blueprint.heads.causal_lm else {
            let message = format!("{} has no causal language model", blueprint.class);
            return Err(Error::Inconsistent { message });
        };
        let sizes = &blueprint.transformer;
        let (root, words) = (backbone.root(), backbone.transformer.words());
        let output = match blueprint.is_tied {
            true => root.params().tie(&format!("{name}.weight"), words)?,
            false => {
                root.table(name, sizes.vocab_size, sizes.hidden_size, sizes.initializer_range)?
            }
        };
        backbone.finish()?;
        Ok(Self { backbone, output })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &PretrainedConfig {
        &self.backbone.config
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        self.backbone.adapters.as_ref()
    }

    /// The vector of every token, which the [output layer](Self::output) maps to the logits of the
    /// next one.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`
    /// - output: `(n_tokens, hidden)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, the offsets do not cover the ids, or a sentence is longer
    /// than the model's positions.
    pub fn features(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        self.backbone.transformer.forward(tokens, mode.layer(TRANSFORMER))
    }

    /// Weight `(vocab, hidden)` of the output layer, for a loss that computes the logits by itself.
    pub fn output(&self) -> Weight {
        (&self.output).into()
    }
}

impl CausalLm for CausalLanguageModel {
    fn vocab_size(&self) -> usize {
        self.backbone.transformer.config().vocab_size
    }

    fn max_positions(&self) -> Option<usize> {
        Some(self.backbone.transformer.config().positions.max())
    }

    fn caches(&self, n_sequences: usize) -> LayerCaches {
        self.backbone.transformer.caches(n_sequences)
    }

    fn next_logits(
        &self,
        ids: &[u32],
        offsets: &Offsets,
        caches: &mut LayerCaches,
    ) -> candle_core::Result<Tensor> {
        let store = self.backbone.root().params().store();
        let _untracked = store.no_grad();
        let x = self.backbone.transformer.forward_cached(ids, offsets, caches)?;
        linear(&last_of_each(&x, offsets)?, &self.output, None)
    }

    fn logits(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        linear(&self.features(tokens, mode)?, &self.output, None)
    }
}
