//! What the tests of tasks share: a small tokenizer, small transformers, and runs with them.

use candle_core::{Device, Tensor};
use sconce_models::{AnyModel, PretrainedConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Tokenizer, TokenizerFile, load_tokenizer};
use serde_json::{Map, Value, json};

use crate::{History, Task, Trainer, TrainerConfig};

/// Special tokens, whose ids are their places.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// A WordPiece tokenizer of these pieces, which frames texts as BERT's does.
pub(crate) fn tokenizer(pieces: &[&str]) -> Box<dyn Tokenizer> {
    let vocab: Map<String, Value> =
        SPECIAL.iter().chain(pieces).zip(0..).map(|(t, id)| (t.to_string(), json!(id))).collect();
    let added = |(id, token): (usize, &&str)| {
        json!({
            "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let file = json!({
        "version": "1.0",
        "added_tokens": SPECIAL.iter().enumerate().map(added).collect::<Vec<_>>(),
        "normalizer": null,
        "pre_tokenizer": { "type": "WhitespaceSplit" },
        "post_processor": { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab,
        },
    });
    let bytes = file.to_string().into_bytes();
    load_tokenizer(&TokenizerFile { name: "tokenizer.json".into(), bytes }).unwrap()
}

/// A BERT of two layers without dropout, such as `BertForMaskedLM`.
pub(crate) fn bert(class: &str, tokenizer: &dyn Tokenizer) -> PretrainedConfig {
    config(json!({
        "model_type": "bert", "architectures": [class], "vocab_size": tokenizer.vocab_size(),
        "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 40, "type_vocab_size": 2,
        "hidden_act": "gelu", "layer_norm_eps": 1e-12, "initializer_range": 0.1, "pad_token_id": 0,
        "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0,
    }))
}

/// A GPT-2 of two layers without dropout.
pub(crate) fn gpt2(vocab_size: usize) -> PretrainedConfig {
    config(json!({
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": vocab_size,
        "n_embd": 16, "n_layer": 2, "n_head": 2, "n_inner": 32, "n_positions": 40,
        "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "initializer_range": 0.1,
        "attn_pdrop": 0, "embd_pdrop": 0, "resid_pdrop": 0,
    }))
}

fn config(json: Value) -> PretrainedConfig {
    let Value::Object(json) = json else { panic!("{json}") };
    PretrainedConfig::from_json(json).unwrap()
}

/// A model with fresh weights.
pub(crate) fn build(config: PretrainedConfig, seed: u64) -> (AnyModel, ParamStore) {
    let store = ParamStore::new(&Device::Cpu, seed);
    let model = AnyModel::from_config(&config.into(), &store.root()).unwrap();
    (model, store)
}

/// Trains with AdamW.
pub(crate) fn fit(task: &impl Task, epochs: f64) -> History {
    let config = TrainerConfig {
        epochs,
        learning_rate: 0.005,
        clip: Some(1.),
        seed: 42,
        ..TrainerConfig::default()
    };
    Trainer::new(config).fit(task, &mut ()).unwrap()
}

/// Whether the loss of the last epoch is less than this part of the first one's.
pub(crate) fn assert_falls(history: &History, part: f64) {
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.train_loss).collect();
    assert!(losses[losses.len() - 1] < part * losses[0], "{losses:?}");
}

/// The bits of all parameters.
pub(crate) fn bits(store: &ParamStore) -> Vec<Vec<u32>> {
    let bits = |x: f32| x.to_bits();
    let values = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let params = store.params();
    params.iter().map(|p| values(p.tensor()).into_iter().map(bits).collect()).collect()
}

/// Numbers that are equal but for the rounding of `f32` in a forward pass of another batch.
pub(crate) fn assert_near(name: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-5, "{name}: {found}, expected {expected}");
}
