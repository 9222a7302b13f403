//! A masked language model (Devlin et al., 2019, arXiv:1810.04805): what stands behind a mask. A
//! layer, a norm, and an output layer that is the table of the token ids again.

use candle_core::{DType, Tensor};
use sconce_ops::{Activation, Init, Mode, Param, ParamSpec, Params, Weight, embedding, linear};

use crate::backbone::Backbone;
use crate::config::PretrainedConfig;
use crate::error::{Error, Result};
use crate::lora::Adapters;
use crate::sequence_classifier::{LabelScore, probabilities};
use crate::tokens::Tokens;
use crate::transformer::{Norm, NormKind, Projection};

const TRANSFORMER: u64 = 1;

/// A model of masked tokens. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct MaskedLm {
    backbone: Backbone,
    dense: Projection,
    activation: Activation,
    norm: Norm,
    decoder: Param,
    bias: Param,
}

impl MaskedLm {
    /// Creates or finds the parameters.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters, or the family has no such head.
    pub fn new(config: &PretrainedConfig, params: &Params) -> Result<Self> {
        let backbone = Backbone::new(config, params)?;
        let blueprint = config.blueprint();
        let Some(plan) = blueprint.heads.masked_lm else {
            let message = format!("{} has no masked language model", blueprint.class);
            return Err(Error::Inconsistent { message });
        };
        let sizes = &blueprint.transformer;
        let (width, vocab) = (sizes.hidden_size, sizes.vocab_size);
        let dense = backbone.map(plan.dense, width, true)?;
        let root = backbone.root();
        let norm = Norm::new(NormKind::Layer, width, sizes.norm_eps, &root.pp(plan.norm))?;
        let bias = ParamSpec::new(vocab, Init::Constant(0.)).no_decay();
        let bias = root.get(plan.bias, bias)?;
        let own_bias = format!("{}.bias", plan.decoder);
        if own_bias != plan.bias {
            root.params().tie(&own_bias, &bias)?;
        }
        let words = backbone.transformer.words();
        let decoder = match blueprint.is_tied {
            true => root.params().tie(&format!("{}.weight", plan.decoder), words)?,
            false => root.table(plan.decoder, vocab, width, sizes.initializer_range)?,
        };
        backbone.finish()?;
        Ok(Self { backbone, dense, activation: plan.activation, norm, decoder, bias })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &PretrainedConfig {
        &self.backbone.config
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        self.backbone.adapters.as_ref()
    }

    /// The vectors that the [output layer](Self::output) maps to logits, of the tokens at `places`
    /// only.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`; places: numbers below that
    /// - output: `(places.len(), hidden)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, the offsets do not cover the ids, a sentence is longer than
    /// the model's positions, or there is no such place.
    pub fn features(
        &self,
        tokens: &Tokens<'_>,
        places: &[u32],
        mode: Mode,
    ) -> candle_core::Result<Tensor> {
        let x = self.backbone.transformer.forward(tokens, mode.layer(TRANSFORMER))?;
        self.transform(&embedding(&x, places)?, mode)
    }

    /// Weight `(vocab, hidden)` and bias `(vocab,)` of the output layer, for a loss that computes the
    /// logits by itself.
    pub fn output(&self) -> (Weight, Weight) {
        ((&self.decoder).into(), (&self.bias).into())
    }

    /// Scores every token of the vocabulary at every place.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`
    /// - output: logits `(n_tokens, vocab)`
    ///
    /// # Errors
    /// As [`features`](Self::features).
    pub fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        let x = self.backbone.transformer.forward(tokens, mode.layer(TRANSFORMER))?;
        self.logits(&self.transform(&x, mode)?)
    }

    /// Scores every token of the vocabulary at some places.
    ///
    /// # Shapes
    /// - output: logits `(places.len(), vocab)`
    ///
    /// # Errors
    /// As [`features`](Self::features).
    pub fn forward_at(
        &self,
        tokens: &Tokens<'_>,
        places: &[u32],
        mode: Mode,
    ) -> candle_core::Result<Tensor> {
        self.logits(&self.features(tokens, places, mode)?)
    }

    /// The `n_best` most probable tokens of each row, the most probable first.
    ///
    /// # Shapes
    /// - logits: `(n, vocab)`
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn decode(
        &self,
        logits: &Tensor,
        n_best: usize,
    ) -> candle_core::Result<Vec<Vec<LabelScore>>> {
        let rows = probabilities(&logits.to_dtype(DType::F32)?)?.to_vec2::<f32>()?;
        let best = |row: Vec<f32>| {
            let mut scores: Vec<LabelScore> =
                (0..).zip(row).map(|(id, score)| LabelScore { id, score }).collect();
            let by_score = |a: &LabelScore, b: &LabelScore| b.score.total_cmp(&a.score);
            if n_best < scores.len() {
                scores.select_nth_unstable_by(n_best, by_score);
                scores.truncate(n_best);
            }
            scores.sort_by(|a, b| by_score(a, b).then(a.id.cmp(&b.id)));
            scores
        };
        Ok(rows.into_iter().map(best).collect())
    }

    fn transform(&self, x: &Tensor, mode: Mode) -> candle_core::Result<Tensor> {
        self.norm.forward(&self.dense.activated(x, self.activation, mode)?)
    }

    fn logits(&self, features: &Tensor) -> candle_core::Result<Tensor> {
        linear(features, &self.decoder, Some((&self.bias).into()))
    }
}
