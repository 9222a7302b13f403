//! Real weights, where they have been fetched: a sentence encoder and a language model, from text to
//! vectors and to text. Without them the tests say so and pass.

use std::env;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use sconce_models::{GenerationConfig, Generator, Tokens, checkpoint};
use sconce_ops::{Mode, Offsets};
use sconce_testing::Golden;
use sconce_text_pipeline::{Input, Tokenizer, Truncate, Truncation};
use serde_json::Value;

use crate::golden::{distance, folder};

/// Where `cargo xtask fetch minilm` puts it.
fn minilm() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = variable("SCONCE_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|base| base.join("sconce")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache").join("sconce")))
        .or_else(|| variable("LOCALAPPDATA").map(|base| base.join("sconce")))?;
    Some(cache.join("artefacts/minilm-0.1.0-b9a0018d"))
}

/// Where `cargo xtask fetch stories260k` puts it.
fn stories() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("models").join("stories260K")
}

#[test]
fn embeddings_of_minilm_are_those_of_sentence_transformers() {
    let Some(source) = minilm().filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: `cargo xtask fetch minilm` fetches the model");
        return;
    };
    let golden = Golden::open(folder("minilm.json")).unwrap();
    let loaded = checkpoint::load(&source, &Device::Cpu).unwrap();
    let model = loaded.model.sentence_encoder().unwrap();
    let max_length = model.modules().max_seq_length.unwrap();
    assert_eq!(max_length, 256);
    let truncation = Truncation { max_length, strategy: Truncate::LongestFirst };
    let rows = golden.strings("texts").unwrap().into_iter().map(|text| {
        loaded.tokenizer.encode_input(Input::Text(&text), Some(&truncation)).unwrap().ids
    });
    let rows: Vec<Vec<u32>> = rows.collect();
    let mut bounds = vec![0];
    for row in &rows {
        bounds.push(bounds[bounds.len() - 1] + u32::try_from(row.len()).unwrap());
    }
    let (ids, offsets) = (rows.concat(), Offsets::new(bounds).unwrap());
    let found: Tensor = model.forward(&Tokens::new(&ids, &offsets), Mode::Eval).unwrap();
    let distance = distance(&found, &golden.tensor("embeddings").unwrap());
    assert!(distance < 1e-4, "off by {distance}");
}

#[test]
fn stories_are_those_that_transformers_tells() {
    let source = stories();
    let Ok(text) = std::fs::read_to_string(source.join("greedy.json")) else {
        eprintln!("skipped: `cargo xtask fetch stories260k` makes the model");
        return;
    };
    let greedy: Value = serde_json::from_str(&text).unwrap();
    let loaded = checkpoint::load(&source, &Device::Cpu).unwrap();
    let config = GenerationConfig {
        max_new_tokens: greedy["max_new_tokens"].as_u64().map(|n| n as usize),
        eos_token_id: vec![2],
        ..GenerationConfig::default()
    };
    let generator = Generator::new(loaded.model.causal_lm().unwrap(), config).unwrap();
    let ids = |value: &Value| -> Vec<u32> { serde_json::from_value(value.clone()).unwrap() };
    for story in greedy["stories"].as_array().unwrap() {
        let prompt = loaded.tokenizer.encode(story["prompt"].as_str().unwrap()).unwrap().ids;
        assert_eq!(prompt, ids(&story["ids"]), "{}", story["prompt"]);
        let generated = generator.generate(&[&prompt]).unwrap();
        assert_eq!(generated[0].ids, ids(&story["new_ids"]), "{}", story["prompt"]);
        let all = [prompt, generated[0].ids.clone()].concat();
        let told = loaded.tokenizer.decode(&all, true).unwrap();
        assert_eq!(told, story["text"].as_str().unwrap());
    }
}
