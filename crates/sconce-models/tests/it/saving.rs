//! What is saved is what transformers saved: names, shapes and types of the tensors, keys of the config.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Device;
use sconce_models::{ModelConfig, checkpoint};
use sconce_text_pipeline::{Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer};
use serde_json::{Map, Value};

use crate::golden::{case, distance, folder, names};

/// The header of a safetensors file: type and shape of each tensor by its name.
fn header(path: &Path) -> BTreeMap<String, (Value, Value)> {
    let bytes = std::fs::read(path).unwrap();
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Map<String, Value> = serde_json::from_slice(&bytes[8..8 + n]).unwrap();
    assert_eq!(header["__metadata__"]["format"], "pt", "{}", path.display());
    let tensors = header.into_iter().filter(|(name, _)| name != "__metadata__");
    tensors.map(|(name, t)| (name, (t["dtype"].clone(), t["shape"].clone()))).collect()
}

fn json(path: &Path) -> Map<String, Value> {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn tokenizer() -> sconce_text_pipeline::TokenizerFile {
    let options = VocabularyOptions::default();
    let (normalizer, words) = (Normalizer::default(), PreTokenizer::default());
    WordTokenizer::train(&["a film"], normalizer, words, &options).unwrap().to_file().unwrap()
}

#[test]
fn a_loaded_folder_is_saved_as_it_was() {
    for name in names("families").into_iter().chain(names("heads")) {
        let case = case(&name);
        let config = case.model.config();
        let out = tempfile::tempdir().unwrap();
        let saving = checkpoint::Saving {
            config: &config,
            store: &case.store,
            tokenizer: &tokenizer(),
            companions: &[],
        };
        checkpoint::save(out.path(), &saving).unwrap();
        let (source, weights) = (folder(&name), "model.safetensors");
        assert_eq!(header(&out.path().join(weights)), header(&source.join(weights)), "{name}");
        assert_eq!(
            json(&out.path().join("config.json")),
            json(&source.join("config.json")),
            "{name}"
        );
        // And it loads again, bit for bit.
        let loaded = checkpoint::load(out.path(), &Device::Cpu).unwrap();
        for (before, after) in case.store.params().iter().zip(loaded.store.params()) {
            assert_eq!(before.name(), after.name());
            let tensors = [before, &after].map(|param| param.var().as_detached_tensor());
            assert_eq!(distance(&tensors[0], &tensors[1]), 0., "{name}: {}", before.name());
        }
    }
}

#[test]
fn another_head_and_its_labels_are_keys_that_transformers_reads() {
    let ModelConfig::Pretrained(config) = checkpoint::load_config(&folder("roberta")).unwrap()
    else {
        panic!("a transformer")
    };
    let config = config.with_head(sconce_models::Head::TokenClassification).unwrap();
    let config = config.with_labels(["O", "B-X"]);
    let json = Value::Object(config.json().clone());
    assert_eq!(json["architectures"], serde_json::json!(["RobertaForTokenClassification"]));
    assert_eq!(json["id2label"], serde_json::json!({ "0": "O", "1": "B-X" }));
    assert_eq!(json["label2id"], serde_json::json!({ "O": 0, "B-X": 1 }));
    assert_eq!(json["model_type"], "roberta");
}
