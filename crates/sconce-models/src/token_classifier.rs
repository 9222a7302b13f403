//! A label for each token: named entities, parts of speech (the head of Devlin et al., 2019,
//! arXiv:1810.04805): dropout and a linear map on every token's vector.

use candle_core::{DType, Tensor};
use sconce_ops::{Mode, Offsets, Params, dropout};

use crate::backbone::Backbone;
use crate::config::PretrainedConfig;
use crate::error::Result;
use crate::lora::Adapters;
use crate::sequence_classifier::{LabelScore, probabilities};
use crate::tokens::Tokens;
use crate::transformer::Projection;

const DROPOUT: u64 = 1 << 32;
const TRANSFORMER: u64 = 1;

/// A model that labels tokens. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct TokenClassifier {
    backbone: Backbone,
    labels: Vec<String>,
    dropout: f64,
    output: Projection,
}

impl TokenClassifier {
    /// Creates or finds the parameters.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn new(config: &PretrainedConfig, params: &Params) -> Result<Self> {
        let backbone = Backbone::new(config, params)?;
        let labels = backbone.labels(1)?;
        let (name, dropout) = config.blueprint().heads.tokens;
        let output = backbone.map(name, labels.len(), true)?;
        backbone.finish()?;
        Ok(Self { backbone, labels, dropout, output })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &PretrainedConfig {
        &self.backbone.config
    }

    /// Label names in the order of their ids.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        self.backbone.adapters.as_ref()
    }

    /// Scores every token.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`
    /// - output: logits `(n_tokens, n_labels)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, the offsets do not cover the ids, or a sentence is longer
    /// than the model's positions.
    pub fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        let x = self.backbone.transformer.forward(tokens, mode.layer(TRANSFORMER))?;
        let x = dropout(&x, self.dropout, mode.layer(DROPOUT))?;
        self.output.forward(&x, mode)
    }

    /// The most probable label of every token, sentence by sentence.
    ///
    /// # Shapes
    /// - logits: `(n_tokens, n_labels)`
    /// - output: for each sentence one for each of its tokens
    ///
    /// # Errors
    /// If the offsets do not cover the tokens or a device copy fails.
    pub fn decode(
        &self,
        logits: &Tensor,
        offsets: &Offsets,
    ) -> candle_core::Result<Vec<Vec<LabelScore>>> {
        let rows = probabilities(&logits.to_dtype(DType::F32)?)?.to_vec2::<f32>()?;
        if rows.len() != offsets.n_tokens() {
            candle_core::bail!(
                "token classifier: logits of {} tokens, offsets of {}",
                rows.len(),
                offsets.n_tokens()
            );
        }
        let best = |row: &Vec<f32>| {
            let scores = (0..).zip(row).map(|(id, &score)| LabelScore { id, score });
            let first = LabelScore { id: 0, score: f32::NEG_INFINITY };
            scores.fold(first, |best, next| if next.score > best.score { next } else { best })
        };
        Ok(offsets.iter().map(|tokens| rows[tokens].iter().map(best).collect()).collect())
    }
}
