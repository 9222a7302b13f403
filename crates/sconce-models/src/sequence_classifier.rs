//! One label for each sentence: word vectors, an encoder of the sentence, dropout, and a linear
//! classifier, `logits = W · dropout(encode(embed(ids))) + b`.

use std::sync::Arc;

use candle_core::{D, DType, Tensor};
use sconce_embeddings::{TokenEmbedder, WordEmbedding};
use sconce_ops::{Init, Mode, Offsets, Param, ParamSpec, Params, dropout, linear};

use crate::bag_of_embeddings::BagOfEmbeddings;
use crate::config::{EncoderConfig, ModelConfig};
use crate::error::{Error, Result};
use crate::seq2vec::Seq2VecEncoder;
use crate::text_cnn::TextCnn;

/// Dropout layers of this model, numbered for their keys.
const CLASSIFIER_DROPOUT: u64 = 1;
const ENCODER: u64 = 2;

/// A label and its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelScore {
    /// Id of the label.
    pub id: u32,
    /// Its probability.
    pub score: f32,
}

/// A sentence classifier. Cheap to clone: clones share their weights.
#[derive(Clone)]
pub struct SequenceClassifier {
    config: ModelConfig,
    labels: Vec<String>,
    embedding: Arc<dyn TokenEmbedder>,
    encoder: Arc<dyn Seq2VecEncoder>,
    weight: Param,
    bias: Param,
}

impl SequenceClassifier {
    /// Creates or finds the parameters `embedding.*`, `encoder.*` and `classifier.*`.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn new(config: &ModelConfig, params: &Params) -> Result<Self> {
        let labels = config.labels().map_err(|message| Error::Inconsistent { message })?;
        if labels.len() < 2 {
            let message = format!("a classifier needs two labels, id2label has {labels:?}");
            return Err(Error::Inconsistent { message });
        }
        let p = config.classifier_dropout;
        if !(0. ..1.).contains(&p) {
            let message = format!("classifier_dropout must be at least 0 and below 1, got {p}");
            return Err(Error::Inconsistent { message });
        }
        let dim = config.embedding_size;
        let range = f64::from(WordEmbedding::RANGE);
        let init = Init::Uniform { low: -range, high: range };
        let embedding = WordEmbedding::new(config.vocab_size, dim, init, &params.pp("embedding"))?;
        let encoder: Arc<dyn Seq2VecEncoder> = match &config.encoder {
            EncoderConfig::TextCnn(config) => {
                Arc::new(TextCnn::new(config, dim, &params.pp("encoder"))?)
            }
            EncoderConfig::Bag(_) => Arc::new(BagOfEmbeddings::new(dim)),
        };
        let params = params.pp("classifier");
        let shape = (labels.len(), encoder.output_dim());
        let weight = params.get("weight", ParamSpec::new(shape, Init::TorchLinear))?;
        let bias = ParamSpec::new(labels.len(), Init::FanIn(shape.1)).no_decay();
        let bias = params.get("bias", bias)?;
        let embedding = Arc::new(embedding);
        Ok(Self { config: config.clone(), labels, embedding, encoder, weight, bias })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Label names in the order of their ids.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Scores packed sentences.
    ///
    /// # Shapes
    /// - ids: `n_tokens`, which `offsets` splits into `batch` sentences
    /// - output: logits `(batch, n_labels)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary or the offsets do not cover the ids.
    pub fn forward(
        &self,
        ids: &[u32],
        offsets: &Offsets,
        mode: Mode,
    ) -> candle_core::Result<Tensor> {
        let embedded = self.embedding.forward(ids, mode)?; // (n_tokens, embedding_size)
        let encoded = self.encoder.forward(&embedded, offsets, mode.layer(ENCODER))?;
        let p = self.config.classifier_dropout;
        let encoded = dropout(&encoded, p, mode.layer(CLASSIFIER_DROPOUT))?; // (batch, output_dim)
        linear(&encoded, &self.weight, Some((&self.bias).into()))
    }

    /// The probability of every label of each row, the most probable first.
    ///
    /// # Shapes
    /// - logits: `(batch, n_labels)`
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn decode(&self, logits: &Tensor) -> candle_core::Result<Vec<Vec<LabelScore>>> {
        let log_sums = logits.log_sum_exp(D::Minus1)?.unsqueeze(1)?;
        let probabilities = logits.broadcast_sub(&log_sums)?.exp()?.to_dtype(DType::F32)?;
        let rank = |row: Vec<f32>| {
            let mut scores: Vec<LabelScore> =
                (0..).zip(row).map(|(id, score)| LabelScore { id, score }).collect();
            scores.sort_by(|a, b| b.score.total_cmp(&a.score));
            scores
        };
        Ok(probabilities.to_vec2::<f32>()?.into_iter().map(rank).collect())
    }
}

impl std::fmt::Debug for SequenceClassifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SequenceClassifier").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
