//! Which maps get an adapter, and what is refused.

use serde_json::json;

use super::*;

fn config(json: serde_json::Value) -> LoraConfig {
    serde_json::from_value(json).unwrap()
}

#[test]
fn targets_are_names_or_their_ends_or_a_pattern_of_the_whole() {
    let query = "bert.encoder.layer.0.attention.self.query";
    let cases = [
        (json!(["query"]), query, true),
        (json!(["self.query"]), query, true),
        (json!(["ry"]), query, false),
        (json!([query]), query, true),
        (json!(r".*layer\.0\..*"), query, true),
        (json!("query"), query, false),
        (json!("all-linear"), query, true),
    ];
    for (targets, map, expected) in cases {
        let config = config(json!({ "target_modules": targets }));
        assert_eq!(config.targets(map, false), expected, "{targets}");
    }
    let all = config(json!({ "target_modules": "all-linear" }));
    assert!(!all.targets("classifier", true));
}

#[test]
fn ranks_and_scales_follow_patterns_and_the_kind_of_scaling() {
    let config = config(json!({
        "r": 4, "lora_alpha": 8, "rank_pattern": { "o_proj": 16, r"layers\.1\.q_proj": 2 },
        "alpha_pattern": { "o_proj": 4 },
    }));
    let (o, q) = ("model.layers.0.self_attn.o_proj", "model.layers.1.q_proj");
    assert_eq!((config.rank_of(o), config.scale_of(o)), (16, 0.25));
    assert_eq!((config.rank_of(q), config.scale_of(q)), (2, 4.));
    assert_eq!(config.rank_of("model.layers.2.q_proj"), 4);
    let stabilized = LoraConfig { use_rslora: true, ..config };
    assert_eq!(stabilized.scale_of(o), 1.);
}

#[test]
fn what_is_not_implemented_or_makes_no_sense_is_refused() {
    let cases = [
        (json!({ "r": 0 }), "the rank of an adapter must be at least 1"),
        (json!({ "lora_alpha": 0 }), "lora_alpha must be positive, got 0"),
        (json!({ "lora_dropout": 1 }), "lora_dropout must be from 0 to below 1, got 1"),
        (json!({ "peft_type": "IA3" }), "peft_type \"IA3\" is not implemented"),
        (json!({ "bias": "all" }), "bias \"all\" is not implemented"),
        (json!({ "use_dora": true }), "use_dora is not implemented"),
        (json!({ "layers_to_transform": [1] }), "layers_to_transform is not implemented"),
        (json!({ "target_modules": "(" }), "\"(\" is not a regular expression"),
    ];
    for (json, expected) in cases {
        let error = config(json.clone()).check().unwrap_err();
        assert!(error.contains(expected), "{json}: {error}");
    }
    assert_eq!(LoraConfig::new(8, ["query"]).check(), Ok(()));
}

#[test]
fn keys_that_are_not_known_survive() {
    let json = json!({ "r": 2, "target_modules": ["q"], "peft_version": "0.21.2" });
    let written = serde_json::to_value(config(json)).unwrap();
    assert_eq!(written["peft_version"], "0.21.2");
}
