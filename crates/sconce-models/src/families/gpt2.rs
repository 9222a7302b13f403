//! GPT-2 (Radford et al., 2019, *Language models are unsupervised multitask learners*) and what has
//! its layers (`distilgpt2`): learned positions, norms in front, one map to queries, keys and values.
//! Files hold the maps transposed.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Blueprint, Heads, SequencePlan, activation, expect, head_dim, read};
use crate::transformer::{
    Biases, LayerNames, NormKind, NormPlace, Positions, QkvNames, TransformerConfig,
    TransformerNames,
};

/// The keys of `config.json`, with Hugging Face's defaults.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct Gpt2Config {
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_inner: Option<usize>,
    activation_function: String,
    resid_pdrop: f64,
    embd_pdrop: f64,
    attn_pdrop: f64,
    layer_norm_epsilon: f64,
    initializer_range: f64,
    scale_attn_weights: bool,
    scale_attn_by_inverse_layer_idx: bool,
    add_cross_attention: bool,
    tie_word_embeddings: bool,
    classifier_dropout: Option<f64>,
}

impl Default for Gpt2Config {
    fn default() -> Self {
        Self {
            vocab_size: 50257,
            n_positions: 1024,
            n_embd: 768,
            n_layer: 12,
            n_head: 12,
            n_inner: None,
            activation_function: "gelu_new".into(),
            resid_pdrop: 0.1,
            embd_pdrop: 0.1,
            attn_pdrop: 0.1,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
            scale_attn_weights: true,
            scale_attn_by_inverse_layer_idx: false,
            add_cross_attention: false,
            tie_word_embeddings: true,
            classifier_dropout: None,
        }
    }
}

const NAMES: TransformerNames = TransformerNames {
    words: "wte",
    positions: "wpe",
    types: "",
    embedding_norm: "",
    layers: "h",
    final_norm: "ln_f",
    layer: LayerNames {
        qkv: QkvNames::Fused("attn.c_attn"),
        attention_output: "attn.c_proj",
        attention_norm: "ln_1",
        gate: "",
        inner: "mlp.c_fc",
        outer: "mlp.c_proj",
        feed_forward_norm: "ln_2",
        head_norms: ["", ""],
        is_transposed: true,
    },
};

pub(super) fn blueprint(
    class: &'static str,
    config: &Map<String, Value>,
) -> Result<Blueprint, String> {
    let config: Gpt2Config = read(config)?;
    expect("scale_attn_weights", &config.scale_attn_weights, &true)?;
    let by_layer = config.scale_attn_by_inverse_layer_idx;
    expect("scale_attn_by_inverse_layer_idx", &by_layer, &false)?;
    expect("add_cross_attention", &config.add_cross_attention, &false)?;
    let transformer = TransformerConfig {
        vocab_size: config.vocab_size,
        hidden_size: config.n_embd,
        n_layers: config.n_layer,
        n_heads: config.n_head,
        n_kv_heads: config.n_head,
        head_dim: head_dim(config.n_embd, config.n_head)?,
        intermediate_size: config.n_inner.unwrap_or(4 * config.n_embd),
        positions: Positions::Learned { n: config.n_positions, first: 0 },
        type_vocab_size: 0,
        has_embedding_norm: false,
        norm: NormKind::Layer,
        norm_eps: config.layer_norm_epsilon,
        norm_place: NormPlace::Pre,
        has_head_norm: false,
        activation: activation("activation_function", &config.activation_function)?,
        is_gated: false,
        is_causal: true,
        windows: Vec::new(),
        biases: Biases { qkv: true, attention_output: true, feed_forward: true },
        attention_output_dropout: config.resid_pdrop,
        feed_forward_dropout: config.resid_pdrop,
        embedding_dropout: config.embd_pdrop,
        attention_dropout: config.attn_pdrop,
        initializer_range: config.initializer_range,
        scales_residual_init: true,
    };
    Ok(Blueprint {
        class,
        prefix: "transformer",
        transformer,
        names: NAMES,
        pooler: None,
        heads: Heads {
            sequence: SequencePlan::last_token(),
            tokens: ("classifier", config.classifier_dropout.unwrap_or(0.1)),
            answers: ("qa_outputs", 0.),
            masked_lm: None,
            causal_lm: Some(("lm_head", "LMHeadModel")),
        },
        is_tied: config.tie_word_embeddings,
        dropout_keys: &["resid_pdrop", "embd_pdrop", "attn_pdrop"],
        ignored: &[".attn.bias", ".attn.masked_bias"],
    })
}
