//! DistilBERT (Sanh et al., 2019, arXiv:1910.01108): BERT's layers under other names, without the
//! embeddings of a pair's texts and without a pooler.

use sconce_ops::Activation;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Blueprint, DensePlan, Heads, MaskedLmPlan, SequencePlan, activation, head_dim, read};
use crate::transformer::{
    Biases, LayerNames, NormKind, NormPlace, Pick, Positions, QkvNames, TransformerConfig,
    TransformerNames,
};

/// The keys of `config.json`, with Hugging Face's defaults.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct DistilBertConfig {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    activation: String,
    dropout: f64,
    attention_dropout: f64,
    qa_dropout: f64,
    seq_classif_dropout: f64,
    max_position_embeddings: usize,
    initializer_range: f64,
    tie_word_embeddings: bool,
}

impl Default for DistilBertConfig {
    fn default() -> Self {
        Self {
            vocab_size: 30522,
            dim: 768,
            n_layers: 6,
            n_heads: 12,
            hidden_dim: 3072,
            activation: "gelu".into(),
            dropout: 0.1,
            attention_dropout: 0.1,
            qa_dropout: 0.1,
            seq_classif_dropout: 0.2,
            max_position_embeddings: 512,
            initializer_range: 0.02,
            tie_word_embeddings: true,
        }
    }
}

const NAMES: TransformerNames = TransformerNames {
    words: "embeddings.word_embeddings",
    positions: "embeddings.position_embeddings",
    types: "",
    embedding_norm: "embeddings.LayerNorm",
    layers: "transformer.layer",
    final_norm: "",
    layer: LayerNames {
        qkv: QkvNames::Separate(["attention.q_lin", "attention.k_lin", "attention.v_lin"]),
        attention_output: "attention.out_lin",
        attention_norm: "sa_layer_norm",
        gate: "",
        inner: "ffn.lin1",
        outer: "ffn.lin2",
        feed_forward_norm: "output_layer_norm",
        head_norms: ["", ""],
        is_transposed: false,
    },
};

pub(super) fn blueprint(
    class: &'static str,
    config: &Map<String, Value>,
) -> Result<Blueprint, String> {
    let config: DistilBertConfig = read(config)?;
    let activation = activation("activation", &config.activation)?;
    let transformer = TransformerConfig {
        vocab_size: config.vocab_size,
        hidden_size: config.dim,
        n_layers: config.n_layers,
        n_heads: config.n_heads,
        n_kv_heads: config.n_heads,
        head_dim: head_dim(config.dim, config.n_heads)?,
        intermediate_size: config.hidden_dim,
        positions: Positions::Learned { n: config.max_position_embeddings, first: 0 },
        type_vocab_size: 0,
        has_embedding_norm: true,
        norm: NormKind::Layer,
        norm_eps: 1e-12,
        norm_place: NormPlace::Post,
        has_head_norm: false,
        activation,
        is_gated: false,
        is_causal: false,
        windows: Vec::new(),
        biases: Biases { qkv: true, attention_output: true, feed_forward: true },
        attention_output_dropout: 0.,
        feed_forward_dropout: config.dropout,
        embedding_dropout: config.dropout,
        attention_dropout: config.attention_dropout,
        initializer_range: config.initializer_range,
        scales_residual_init: false,
    };
    Ok(Blueprint {
        class,
        prefix: "distilbert",
        transformer,
        names: NAMES,
        pooler: None,
        heads: Heads {
            sequence: SequencePlan {
                pick: Pick::First,
                dropout_before: 0.,
                dense: Some(DensePlan {
                    name: "pre_classifier",
                    is_in_prefix: false,
                    activation: Activation::Relu,
                }),
                dropout: config.seq_classif_dropout,
                output: "classifier",
                has_bias: true,
            },
            tokens: ("classifier", config.dropout),
            answers: ("qa_outputs", config.qa_dropout),
            masked_lm: Some(MaskedLmPlan {
                dense: "vocab_transform",
                norm: "vocab_layer_norm",
                decoder: "vocab_projector",
                bias: "vocab_projector.bias",
                activation,
            }),
            causal_lm: None,
        },
        is_tied: config.tie_word_embeddings,
        dropout_keys: &["dropout", "attention_dropout"],
        ignored: &["embeddings.position_ids"],
    })
}
