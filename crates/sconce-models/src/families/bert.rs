//! BERT (Devlin et al., 2019, arXiv:1810.04805): learned positions, texts of a pair told apart, norms
//! after the residual connections.

use sconce_ops::Activation;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Blueprint, DensePlan, Heads, MaskedLmPlan, SequencePlan, activation, expect, head_dim, read,
};
use crate::transformer::{
    Biases, LayerNames, NormKind, NormPlace, Pick, Positions, QkvNames, TransformerConfig,
    TransformerNames,
};

/// The keys of `config.json` that BERT and RoBERTa share, with Hugging Face's defaults.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct BertConfig {
    pub(super) vocab_size: usize,
    pub(super) hidden_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) intermediate_size: usize,
    pub(super) hidden_act: String,
    pub(super) hidden_dropout_prob: f64,
    pub(super) attention_probs_dropout_prob: f64,
    pub(super) max_position_embeddings: usize,
    pub(super) type_vocab_size: usize,
    pub(super) initializer_range: f64,
    pub(super) layer_norm_eps: f64,
    pub(super) pad_token_id: Option<usize>,
    pub(super) position_embedding_type: String,
    pub(super) classifier_dropout: Option<f64>,
    pub(super) is_decoder: bool,
    pub(super) add_cross_attention: bool,
    pub(super) tie_word_embeddings: bool,
}

impl Default for BertConfig {
    fn default() -> Self {
        Self {
            vocab_size: 30522,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: "gelu".into(),
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: None,
            position_embedding_type: "absolute".into(),
            classifier_dropout: None,
            is_decoder: false,
            add_cross_attention: false,
            tie_word_embeddings: true,
        }
    }
}

/// Names of a layer's parts, the same in BERT and RoBERTa.
pub(super) const NAMES: TransformerNames = TransformerNames {
    words: "embeddings.word_embeddings",
    positions: "embeddings.position_embeddings",
    types: "embeddings.token_type_embeddings",
    embedding_norm: "embeddings.LayerNorm",
    layers: "encoder.layer",
    final_norm: "",
    layer: LayerNames {
        qkv: QkvNames::Separate([
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
        ]),
        attention_output: "attention.output.dense",
        attention_norm: "attention.output.LayerNorm",
        gate: "",
        inner: "intermediate.dense",
        outer: "output.dense",
        feed_forward_norm: "output.LayerNorm",
        head_norms: ["", ""],
        is_transposed: false,
    },
};

pub(super) const IGNORED: &[&str] = &["embeddings.position_ids", "embeddings.token_type_ids"];

pub(super) const DROPOUT_KEYS: &[&str] = &["hidden_dropout_prob", "attention_probs_dropout_prob"];

impl BertConfig {
    /// The shared core's view; `first` is the position of a sentence's first token.
    pub(super) fn transformer(&self, first: usize) -> Result<TransformerConfig, String> {
        expect("position_embedding_type", &self.position_embedding_type.as_str(), &"absolute")?;
        expect("is_decoder", &self.is_decoder, &false)?;
        expect("add_cross_attention", &self.add_cross_attention, &false)?;
        let n_heads = self.num_attention_heads;
        Ok(TransformerConfig {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            n_layers: self.num_hidden_layers,
            n_heads,
            n_kv_heads: n_heads,
            head_dim: head_dim(self.hidden_size, n_heads)?,
            intermediate_size: self.intermediate_size,
            positions: Positions::Learned { n: self.max_position_embeddings, first },
            type_vocab_size: self.type_vocab_size,
            has_embedding_norm: true,
            norm: NormKind::Layer,
            norm_eps: self.layer_norm_eps,
            norm_place: NormPlace::Post,
            has_head_norm: false,
            activation: self.activation()?,
            is_gated: false,
            is_causal: false,
            windows: Vec::new(),
            biases: Biases { qkv: true, attention_output: true, feed_forward: true },
            attention_output_dropout: self.hidden_dropout_prob,
            feed_forward_dropout: self.hidden_dropout_prob,
            embedding_dropout: self.hidden_dropout_prob,
            attention_dropout: self.attention_probs_dropout_prob,
            initializer_range: self.initializer_range,
            scales_residual_init: false,
        })
    }

    pub(super) fn activation(&self) -> Result<Activation, String> {
        activation("hidden_act", &self.hidden_act)
    }

    /// Dropout of the heads.
    pub(super) fn head_dropout(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }
}

pub(super) fn blueprint(
    class: &'static str,
    config: &Map<String, Value>,
) -> Result<Blueprint, String> {
    let config: BertConfig = read(config)?;
    let dropout = config.head_dropout();
    let pooler =
        DensePlan { name: "pooler.dense", is_in_prefix: true, activation: Activation::Tanh };
    Ok(Blueprint {
        class,
        prefix: "bert",
        transformer: config.transformer(0)?,
        names: NAMES,
        pooler: Some(pooler.name),
        heads: Heads {
            sequence: SequencePlan {
                pick: Pick::First,
                dropout_before: 0.,
                dense: Some(pooler),
                dropout,
                output: "classifier",
                has_bias: true,
            },
            tokens: ("classifier", dropout),
            answers: ("qa_outputs", 0.),
            masked_lm: Some(MaskedLmPlan {
                dense: "cls.predictions.transform.dense",
                norm: "cls.predictions.transform.LayerNorm",
                decoder: "cls.predictions.decoder",
                bias: "cls.predictions.bias",
                activation: config.activation()?,
            }),
            causal_lm: None,
        },
        is_tied: config.tie_word_embeddings,
        dropout_keys: DROPOUT_KEYS,
        ignored: IGNORED,
    })
}
