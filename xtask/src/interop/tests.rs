//! Tests of choosing cases.

use super::*;

#[test]
fn every_theme_of_the_index_has_cases_and_each_has_its_batch() {
    let golden = repo::root().join(GOLDEN);
    let names = golden_names(&golden, None).unwrap();
    for expected in ["bert", "gpt2_causal_lm", "loading_sharded", "sentence_mean", "lora_bert"] {
        assert!(names.iter().any(|name| name == expected), "{expected}");
    }
    for name in &names {
        let expected = read_json(&golden.join(name).join("expected.json")).unwrap();
        assert!(expected.get("input.ids").is_some(), "{name}");
    }
}

#[test]
fn a_word_chooses_cases_and_adapters_bring_their_bases() {
    let golden = repo::root().join(GOLDEN);
    let chosen = |word| golden_names(&golden, Some(word)).unwrap();
    assert!(chosen("distilbert").iter().all(|name| name.contains("distilbert")));
    assert_eq!(chosen("lora_llama_pattern"), ["llama_causal_lm", "lora_llama_pattern"]);
    assert!(chosen("no such case").is_empty());
}
