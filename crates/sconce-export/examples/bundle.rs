//! A bundle written, opened and asked; and one flipped byte that does not get past the door.
//!
//! Nothing is trained: the weights are the fresh ones of a seed, so the answer means nothing.
//!
//! `cargo run -p sconce-export --example bundle` prints
//!
//! ```text
//! config.json: 413 bytes
//! model.safetensors: 100904 bytes
//! vocabulary.json: 258 bytes
//! a gem: bad (0.5037)
//! one byte flipped: model.safetensors is refused
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::fs;

use candle_core::Device;
use sconce_export::{Bundle, BundleContents, Error, Manifest, Predictor};
use sconce_models::{AnyModel, ModelConfig, TextCnnConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = VocabularyOptions::default();
    let tokenizer = WordTokenizer::train(
        &["a gem of a film", "two hours I want back"],
        Normalizer::default(),
        PreTokenizer::BasicEnglish,
        &options,
    )?;
    let labels = ["bad", "good"];
    let config =
        ModelConfig::classifier(TextCnnConfig::default(), tokenizer.vocab_size(), 20, labels);
    let store = ParamStore::new(&Device::Cpu, 42);
    AnyModel::from_config(&config, &store.root())?;

    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("reviews");
    let tokenizer = tokenizer.to_file()?;
    let manifest = Manifest::new("classify", tokenizer.name.as_str());
    let contents = BundleContents {
        config: &config,
        store: &store,
        tokenizer: &tokenizer,
        manifest,
        companions: Vec::new(),
        adapters: None,
    };
    Bundle::save(&folder, &contents, false)?;

    let bundle = Bundle::open(&folder, &Device::Cpu)?;
    for (name, hash) in &bundle.manifest.files {
        println!("{name}: {} bytes", hash.bytes);
        assert_eq!(hash.sha256.len(), 64);
    }
    let predictor = Predictor::new(bundle);
    let together = predictor.predict(&["a gem", "two hours of film", ""])?;
    assert_eq!(together.len(), 3);
    println!("a gem: {} ({:.4})", together[0].label, together[0].score);
    // What a text gets does not depend on its neighbours.
    let alone = &predictor.predict(&["a gem"])?[0];
    assert!(alone.label == together[0].label && (alone.score - together[0].score).abs() < 1e-6);

    // What is there is never overwritten unless asked for.
    assert!(matches!(Bundle::save(&folder, &contents, false), Err(Error::Exists { .. })));

    let weights = folder.join("model.safetensors");
    let mut bytes = fs::read(&weights)?;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&weights, bytes)?;
    let Err(Error::Altered { path, .. }) = Bundle::open(&folder, &Device::Cpu) else {
        return Err("a flipped byte went unnoticed".into());
    };
    assert_eq!(path, weights);
    println!("one byte flipped: {} is refused", weights.file_name().unwrap_or_default().display());
    Ok(())
}
