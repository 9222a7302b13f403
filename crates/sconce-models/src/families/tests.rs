//! What configs of pretrained transformers mean, and what is refused.

use serde_json::json;

use super::*;
use crate::transformer::Positions;

fn blueprint(config: Value) -> Result<Blueprint, String> {
    let Value::Object(config) = config else { panic!("an object") };
    Blueprint::of(&config)
}

#[test]
fn every_family_reads_its_default_config() {
    for model_type in Blueprint::model_types() {
        // Qwen3's default head is larger than its width divided by its heads.
        let blueprint = blueprint(json!({ "model_type": model_type })).unwrap();
        assert!(blueprint.transformer.n_layers > 0, "{model_type}");
        assert_eq!(
            blueprint.heads.masked_lm.is_some(),
            blueprint.heads.causal_lm.is_none(),
            "{model_type}: one kind of language model each"
        );
    }
}

#[test]
fn null_stands_for_an_absent_key() {
    let blueprint = blueprint(json!({
        "model_type": "gpt2", "n_inner": null, "n_embd": 8, "n_head": 2, "classifier_dropout": null,
    }));
    assert_eq!(blueprint.unwrap().transformer.intermediate_size, 32);
}

#[test]
fn roberta_counts_positions_from_behind_its_padding_id() {
    let config = json!({
        "model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 514,
    });
    let Positions::Learned { n, first } = blueprint(config).unwrap().transformer.positions else {
        panic!("learned positions")
    };
    assert_eq!((n, first), (514, 2));
    assert_eq!(Positions::Learned { n, first }.max(), 512);
}

#[test]
fn what_is_not_implemented_is_an_error_and_never_replaced() {
    let cases = [
        (json!({}), "model_type \"\" is none of those known here: bert, roberta"),
        (json!({ "model_type": "mamba" }), "model_type \"mamba\" is none of those known"),
        (
            json!({ "model_type": "bert", "hidden_act": "gelu_2" }),
            "hidden_act \"gelu_2\" is not implemented; known are gelu",
        ),
        (
            json!({ "model_type": "bert", "position_embedding_type": "relative_key" }),
            "position_embedding_type \"relative_key\" is not implemented",
        ),
        (json!({ "model_type": "bert", "is_decoder": true }), "is_decoder true is not implemented"),
        (
            json!({ "model_type": "bert", "hidden_size": 10, "num_attention_heads": 3 }),
            "hidden size 10 does not divide into 3 heads",
        ),
        (json!({ "model_type": "bert", "vocab_size": 0 }), "the vocabulary is 0"),
        (json!({ "model_type": "bert", "hidden_size": "768" }), "invalid type: string"),
        (json!({ "model_type": "bert", "hidden_dropout_prob": 1.0 }), "from 0 to below 1, got 1"),
        (
            json!({ "model_type": "gpt2", "scale_attn_by_inverse_layer_idx": true }),
            "scale_attn_by_inverse_layer_idx true is not implemented",
        ),
        (
            json!({ "model_type": "llama", "rope_scaling": { "type": "dynamic", "factor": 2.0 } }),
            "rope_scaling of type \"dynamic\" is not implemented; known are default, linear",
        ),
        (
            json!({ "model_type": "llama", "rope_parameters": { "rope_type": "linear" } }),
            "rope_scaling of type \"linear\" lacks `factor`",
        ),
        (
            json!({ "model_type": "llama", "num_key_value_heads": 5 }),
            "32 heads cannot share 5 key and value heads",
        ),
        (
            json!({
                "model_type": "qwen2", "num_hidden_layers": 2, "use_sliding_window": true,
                "sliding_window": 4, "layer_types": ["full_attention", "chunked_attention"],
            }),
            "layer_types: \"chunked_attention\" is not implemented",
        ),
    ];
    for (config, expected) in cases {
        let error = blueprint(config.clone()).map(|_| ()).unwrap_err();
        assert!(error.contains(expected), "{config}: {expected:?} is not in {error:?}");
    }
}
