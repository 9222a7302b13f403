//! Tests of what is told of a tokenizer's file.

use serde_json::json;

use super::*;

#[test]
fn parts_are_told_without_what_is_long() {
    let vocab: Map<String, Value> = (0..3).map(|n| (n.to_string(), n.into())).collect();
    let content = json!({
        "version": "1.0",
        "normalizer": { "type": "Sequence", "normalizers": [
            { "type": "NFD" },
            { "type": "Precompiled", "precompiled_charsmap": "A".repeat(100) },
        ] },
        "pre_tokenizer": null,
        "post_processor": { "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } },
                       { "Sequence": { "id": "A", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } },
                     { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": {} },
        "decoder": { "type": "Replace", "pattern": { "String": " " }, "content": "▁" },
        "model": { "type": "BPE", "dropout": null, "byte_fallback": false, "vocab": vocab,
                   "merges": [["0", "1"]] },
    });
    let told: Vec<(&str, String)> =
        parts(&content).iter().map(|part| (part.name, part.to_string())).collect();
    let model = "BPE (vocab 3, merges 1)";
    let normalizer = "NFD, then Precompiled (precompiled_charsmap 100 bytes)";
    assert_eq!(
        told,
        [
            ("model", model.into()),
            ("normalizer", normalizer.into()),
            ("post_processor", "<s> A, of a pair A B".into()),
            ("decoder", "Replace (pattern \" \", content \"▁\")".into()),
        ]
    );
}

#[test]
fn a_word_tokenizer_is_told_by_its_format() {
    let content = json!({
        "format": "sconce-word-tokenizer",
        "normalizer": { "unicode": null, "strip_accents": false, "lowercase": true },
        "pre_tokenizer": "basic-english",
        "vocabulary": { "tokens": ["a"] },
    });
    let told: Vec<String> = parts(&content).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["sconce-word-tokenizer", "lowercase true", "basic-english"]);
}
