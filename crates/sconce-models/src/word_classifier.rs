//! A classifier over word vectors: word vectors, an encoder of the sentence, dropout, and a linear
//! classifier, `logits = W · dropout(encode(embed(ids))) + b`.

use std::sync::Arc;

use candle_core::Tensor;
use sconce_embeddings::{TokenEmbedder, WordEmbedding};
use sconce_ops::{Init, Mode, Param, ParamSpec, Params, dropout, linear};

use crate::bag_of_embeddings::BagOfEmbeddings;
use crate::config::{EncoderConfig, WordModelConfig};
use crate::error::{Error, Result};
use crate::seq2vec::Seq2VecEncoder;
use crate::text_cnn::TextCnn;
use crate::tokens::Tokens;

/// Dropout layers of this model, numbered for their keys.
const CLASSIFIER_DROPOUT: u64 = 1;
const ENCODER: u64 = 2;

/// Word vectors, encoder and classifier. Cheap to clone: clones share their weights.
#[derive(Clone)]
pub(crate) struct WordClassifier {
    config: WordModelConfig,
    embedding: Arc<dyn TokenEmbedder>,
    encoder: Arc<dyn Seq2VecEncoder>,
    weight: Param,
    bias: Param,
}

impl WordClassifier {
    /// Creates or finds the parameters `embedding.*`, `encoder.*` and `classifier.*`.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub(crate) fn new(config: &WordModelConfig, n_labels: usize, params: &Params) -> Result<Self> {
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
        let shape = (n_labels, encoder.output_dim());
        let weight = params.get("weight", ParamSpec::new(shape, Init::TorchLinear))?;
        let bias = ParamSpec::new(n_labels, Init::FanIn(shape.1)).no_decay();
        let bias = params.get("bias", bias)?;
        let embedding = Arc::new(embedding);
        Ok(Self { config: config.clone(), embedding, encoder, weight, bias })
    }

    /// Scores packed sentences.
    ///
    /// # Shapes
    /// - tokens: `n_tokens` of `batch` sentences
    /// - output: logits `(batch, n_labels)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary or the offsets do not cover the ids.
    pub(crate) fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        let embedded = self.embedding.forward(tokens.ids, mode)?; // (n_tokens, embedding_size)
        let encoded = self.encoder.forward(&embedded, tokens.offsets, mode.layer(ENCODER))?;
        let p = self.config.classifier_dropout;
        let encoded = dropout(&encoded, p, mode.layer(CLASSIFIER_DROPOUT))?; // (batch, output_dim)
        linear(&encoded, &self.weight, Some((&self.bias).into()))
    }
}

impl std::fmt::Debug for WordClassifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WordClassifier").field("config", &self.config).finish_non_exhaustive()
    }
}
