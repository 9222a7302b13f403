//! A TextCNN made fresh from a seed, two sentences scored, and the model folder written and read.
//!
//! `cargo run -p sconce-models --example build_save_load` prints
//!
//! ```text
//! 5 parameters, 61302 values: embedding.weight, encoder.weight, encoder.bias, classifier.weight, classifier.bias
//! logits of 2 sentences: [[0.0173, -0.0235], [-0.0277, 0.0147]]
//! the folder holds config.json, vocabulary.json, model.safetensors
//! read back: the same logits, bit for bit
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use candle_core::Device;
use sconce_models::{ModelConfig, SequenceClassifier, TextCnnConfig, Tokens, checkpoint};
use sconce_ops::{Mode, Offsets, ParamStore};
use sconce_text_pipeline::{Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let texts = ["a film worth every minute", "a waste"];
    let options = VocabularyOptions::default();
    let tokenizer =
        WordTokenizer::train(&texts, Normalizer::default(), PreTokenizer::BasicEnglish, &options)?;

    // Kim's network: windows of 3, 4 and 5 words, 100 filters of each.
    let labels = ["bad", "good"];
    let config =
        ModelConfig::classifier(TextCnnConfig::default(), tokenizer.vocab_size(), 50, labels);
    let store = ParamStore::new(&Device::Cpu, 42);
    let model = SequenceClassifier::new(&config, &store.root())?;
    let names: Vec<String> = store.params().iter().map(|param| param.name().to_owned()).collect();
    println!("{} parameters, {} values: {}", names.len(), store.n_elements(), names.join(", "));

    // Two sentences, of five words and of two, one after the other: nothing is padded.
    let (mut ids, mut ends) = (Vec::new(), vec![0]);
    for text in texts {
        tokenizer.encode_ids(text, &mut ids)?;
        ends.push(u32::try_from(ids.len())?);
    }
    let offsets = Offsets::new(ends)?;
    assert_eq!(offsets.as_slice(), [0, 5, 7]);
    let logits = model.forward(&Tokens::new(&ids, &offsets), Mode::Eval)?.to_vec2::<f32>()?;
    println!("logits of {} sentences: {logits:.4?}", logits.len());

    // A sentence scores the same alone as beside others.
    let one = Offsets::new(vec![0, 2])?;
    let alone = model.forward(&Tokens::new(&ids[5..], &one), Mode::Eval)?;
    let alone = alone.to_vec2::<f32>()?;
    assert!(alone[0].iter().zip(&logits[1]).all(|(a, b)| (a - b).abs() < 1e-6));

    let folder = tempfile::tempdir()?;
    let tokenizer = tokenizer.to_file()?;
    let saving = checkpoint::Saving {
        config: &config,
        store: &store,
        tokenizer: &tokenizer,
        companions: &[],
    };
    let files = checkpoint::save(folder.path(), &saving)?;
    println!("the folder holds {}", files.join(", "));

    let loaded = checkpoint::load(folder.path(), &Device::Cpu)?;
    assert_eq!(loaded.model.config(), config);
    let again = loaded.model.sequence_classifier()?;
    let again = again.forward(&Tokens::new(&ids, &offsets), Mode::Eval)?.to_vec2::<f32>()?;
    let bits = |rows: &[Vec<f32>]| -> Vec<u32> {
        rows.iter().flatten().map(|value| value.to_bits()).collect()
    };
    assert_eq!(bits(&again), bits(&logits));
    println!("read back: the same logits, bit for bit");
    Ok(())
}
