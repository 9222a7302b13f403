//! Llama (Touvron et al., 2023, arXiv:2302.13971) and the families that changed little of it: Mistral
//! (Jiang et al., 2023, arXiv:2310.06825; a window), Qwen2 (arXiv:2407.10671; biases of queries, keys
//! and values), Qwen3 (arXiv:2505.09388; norms of queries and keys), and SmolLM, which is Llama.
//! RMS norms in front, rotary positions, grouped queries, gated networks.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::rope::Rope;
use super::{Blueprint, Heads, SequencePlan, activation, expect, head_dim, read};
use crate::transformer::{
    Biases, LayerNames, NormKind, NormPlace, Positions, QkvNames, TransformerConfig,
    TransformerNames,
};

/// The keys of `config.json`, with Hugging Face's defaults.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct LlamaConfig {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    hidden_act: String,
    max_position_embeddings: usize,
    initializer_range: f64,
    rms_norm_eps: f64,
    tie_word_embeddings: bool,
    attention_bias: bool,
    attention_dropout: f64,
    mlp_bias: bool,
    pretraining_tp: usize,
    sliding_window: Option<usize>,
    use_sliding_window: bool,
    max_window_layers: usize,
    layer_types: Option<Vec<String>>,
    classifier_dropout: Option<f64>,
    #[serde(flatten)]
    rope: Rope,
}

impl Default for LlamaConfig {
    fn default() -> Self {
        Self {
            vocab_size: 32000,
            hidden_size: 4096,
            intermediate_size: 11008,
            num_hidden_layers: 32,
            num_attention_heads: 32,
            num_key_value_heads: None,
            head_dim: None,
            hidden_act: "silu".into(),
            max_position_embeddings: 2048,
            initializer_range: 0.02,
            rms_norm_eps: 1e-6,
            tie_word_embeddings: false,
            attention_bias: false,
            attention_dropout: 0.,
            mlp_bias: false,
            pretraining_tp: 1,
            sliding_window: None,
            use_sliding_window: false,
            max_window_layers: 28,
            layer_types: None,
            classifier_dropout: None,
            rope: Rope::default(),
        }
    }
}

const NAMES: TransformerNames = TransformerNames {
    words: "embed_tokens",
    positions: "",
    types: "",
    embedding_norm: "",
    layers: "layers",
    final_norm: "norm",
    layer: LayerNames {
        qkv: QkvNames::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
        attention_output: "self_attn.o_proj",
        attention_norm: "input_layernorm",
        gate: "mlp.gate_proj",
        inner: "mlp.up_proj",
        outer: "mlp.down_proj",
        feed_forward_norm: "post_attention_layernorm",
        head_norms: ["self_attn.q_norm", "self_attn.k_norm"],
        is_transposed: false,
    },
};

/// What tells the families apart.
struct Differences {
    biases: Biases,
    has_head_norm: bool,
    windows: Vec<Option<usize>>,
    head_dim: Option<usize>,
}

type Keys = Map<String, Value>;

pub(super) fn llama(class: &'static str, keys: &Keys) -> Result<Blueprint, String> {
    let config: LlamaConfig = read(keys)?;
    let biases = Biases {
        qkv: config.attention_bias,
        attention_output: config.attention_bias,
        feed_forward: config.mlp_bias,
    };
    let head_dim = config.head_dim;
    let differences = Differences { biases, has_head_norm: false, windows: Vec::new(), head_dim };
    blueprint(class, &config, differences)
}

pub(super) fn mistral(class: &'static str, keys: &Keys) -> Result<Blueprint, String> {
    let mut config: LlamaConfig = read(keys)?;
    let is_given = |key| keys.contains_key(key);
    if !is_given("num_key_value_heads") {
        config.num_key_value_heads = Some(8);
    }
    if !is_given("sliding_window") {
        config.sliding_window = Some(4096);
    }
    let windows = vec![config.sliding_window; config.num_hidden_layers];
    let biases = Biases { qkv: false, attention_output: false, feed_forward: false };
    let head_dim = config.head_dim;
    blueprint(class, &config, Differences { biases, has_head_norm: false, windows, head_dim })
}

pub(super) fn qwen2(class: &'static str, keys: &Keys) -> Result<Blueprint, String> {
    let config: LlamaConfig = read(keys)?;
    let biases = Biases { qkv: true, attention_output: false, feed_forward: false };
    let windows = config.qwen_windows()?;
    let head_dim = config.head_dim;
    blueprint(class, &config, Differences { biases, has_head_norm: false, windows, head_dim })
}

pub(super) fn qwen3(class: &'static str, keys: &Keys) -> Result<Blueprint, String> {
    let config: LlamaConfig = read(keys)?;
    let (qkv, attention_output) = (config.attention_bias, config.attention_bias);
    let biases = Biases { qkv, attention_output, feed_forward: false };
    let windows = config.qwen_windows()?;
    let head_dim = config.head_dim.or(Some(128));
    blueprint(class, &config, Differences { biases, has_head_norm: true, windows, head_dim })
}

impl LlamaConfig {
    /// The windows of Qwen's layers: those named in `layer_types`, or all from `max_window_layers`.
    fn qwen_windows(&self) -> Result<Vec<Option<usize>>, String> {
        let Some(window) = self.sliding_window.filter(|_| self.use_sliding_window) else {
            return Ok(Vec::new());
        };
        let n = self.num_hidden_layers;
        let Some(types) = &self.layer_types else {
            return Ok((0..n).map(|i| (i >= self.max_window_layers).then_some(window)).collect());
        };
        if types.len() != n {
            return Err(format!("layer_types names {} layers of {n}", types.len()));
        }
        let window = |kind: &String| match kind.as_str() {
            "full_attention" => Ok(None),
            "sliding_attention" => Ok(Some(window)),
            _ => Err(format!("layer_types: {kind:?} is not implemented")),
        };
        types.iter().map(window).collect()
    }
}

fn blueprint(
    class: &'static str,
    config: &LlamaConfig,
    differences: Differences,
) -> Result<Blueprint, String> {
    expect("pretraining_tp", &config.pretraining_tp, &1)?;
    let n_heads = config.num_attention_heads;
    let head_dim = match differences.head_dim {
        Some(head_dim) => head_dim,
        None => head_dim(config.hidden_size, n_heads)?,
    };
    let max = config.max_position_embeddings;
    let rotary = config.rope.rotary(head_dim, max)?;
    let transformer = TransformerConfig {
        vocab_size: config.vocab_size,
        hidden_size: config.hidden_size,
        n_layers: config.num_hidden_layers,
        n_heads,
        n_kv_heads: config.num_key_value_heads.unwrap_or(n_heads),
        head_dim,
        intermediate_size: config.intermediate_size,
        positions: Positions::Rotary { rotary: Box::new(rotary), max },
        type_vocab_size: 0,
        has_embedding_norm: false,
        norm: NormKind::Rms,
        norm_eps: config.rms_norm_eps,
        norm_place: NormPlace::Pre,
        has_head_norm: differences.has_head_norm,
        activation: activation("hidden_act", &config.hidden_act)?,
        is_gated: true,
        is_causal: true,
        windows: differences.windows,
        biases: differences.biases,
        attention_output_dropout: 0.,
        feed_forward_dropout: 0.,
        embedding_dropout: 0.,
        attention_dropout: config.attention_dropout,
        initializer_range: config.initializer_range,
        scales_residual_init: false,
    };
    Ok(Blueprint {
        class,
        prefix: "model",
        transformer,
        names: NAMES,
        pooler: None,
        heads: Heads {
            sequence: SequencePlan::last_token(),
            tokens: ("score", config.classifier_dropout.unwrap_or(0.1)),
            answers: ("qa_outputs", 0.),
            masked_lm: None,
            causal_lm: Some(("lm_head", "ForCausalLM")),
        },
        is_tied: config.tie_word_embeddings,
        dropout_keys: &["attention_dropout"],
        ignored: &["rotary_emb.inv_freq"],
    })
}
