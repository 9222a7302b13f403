//! Classifiers of made-up sentences: learnt, evaluated, and repeated to the bit.

use candle_core::Device;
use sconce_models::{AnyModel, BagConfig, EncoderConfig, ModelConfig, TextCnnConfig};
use sconce_text_pipeline::{Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer};

use super::*;
use crate::{Trainer, TrainerConfig};

/// Sentences whose label is the colour that they name, among other words.
fn data() -> (WordTokenizer, EncodedDataset) {
    let texts: Vec<String> = (0..120)
        .map(|i| {
            let colour = ["red", "green", "blue"][i % 3];
            let filler = ["the", "a", "very", "old", "house", "car", "is"];
            let word = |k: usize| filler[(i * 5 + k * 3) % filler.len()];
            format!("{} {} {colour} {}", word(0), word(1), word(2 + i % 4))
        })
        .collect();
    let options = VocabularyOptions::default();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let words = PreTokenizer::Whitespace;
    let tokenizer = WordTokenizer::train(&texts, Normalizer::default(), words, &options).unwrap();
    let labels: Vec<u32> = (0..120).map(|i| i % 3).collect();
    let examples = EncodedDataset::encode(&tokenizer, &texts, labels, None).unwrap();
    (tokenizer, examples)
}

fn train(encoder: EncoderConfig, seed: u64) -> (f64, Vec<Vec<u32>>) {
    let (tokenizer, examples) = data();
    let labels = ["red", "green", "blue"];
    let mut config = ModelConfig::classifier(encoder, tokenizer.vocab_size(), 8, labels);
    config.classifier_dropout = 0.2;
    let store = ParamStore::new(&Device::Cpu, seed);
    let AnyModel::SequenceClassifier(model) =
        AnyModel::from_config(&config, &store.root()).unwrap();
    let task = ClassifyTask {
        model: &model,
        store: &store,
        train: &examples,
        valid: Some(&examples),
        loss: CrossEntropy::default(),
        batch_size: 16,
        seed,
    };
    let config = TrainerConfig {
        epochs: 12.,
        learning_rate: 0.02,
        seed,
        clip: Some(5.),
        ..TrainerConfig::default()
    };
    let history = Trainer::new(config).fit(&task, &mut ()).unwrap();
    let valid = history.epochs.last().unwrap().valid.clone().unwrap();
    let bits = store
        .params()
        .iter()
        .map(|p| {
            let values = p.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            values.into_iter().map(f32::to_bits).collect()
        })
        .collect();
    (valid["accuracy"], bits)
}

fn small_cnn() -> EncoderConfig {
    TextCnnConfig { filter_widths: vec![1, 2], n_filters: 8 }.into()
}

#[test]
fn every_encoder_learns_the_colours() {
    for encoder in [small_cnn(), BagConfig {}.into()] {
        let (accuracy, _) = train(encoder.clone(), 42);
        assert_eq!(accuracy, 1., "{encoder:?}");
    }
}

#[test]
fn a_run_repeats_to_the_bit_and_another_seed_differs() {
    let (_, first) = train(small_cnn(), 42);
    assert_eq!(train(small_cnn(), 42).1, first);
    assert_ne!(train(small_cnn(), 43).1, first);
}

#[test]
fn the_evaluations_loss_is_the_mean_over_all_examples() {
    let (tokenizer, examples) = data();
    let config = ModelConfig::classifier(BagConfig {}, tokenizer.vocab_size(), 8, ["a", "b", "c"]);
    let store = ParamStore::new(&Device::Cpu, 1);
    let AnyModel::SequenceClassifier(model) =
        AnyModel::from_config(&config, &store.root()).unwrap();
    let (confusion, loss) = evaluate_classifier(&model, &examples).unwrap();
    assert_eq!(confusion.total(), 120);
    let rows: Vec<usize> = (0..120).collect();
    let batch = Collator::new(&examples).collate(&rows).unwrap();
    let logits = forward(&model, &batch, Mode::Eval).unwrap();
    let all = CrossEntropy::default().loss(&logits, batch.labels()).unwrap();
    assert!((loss - f64::from(all.to_scalar::<f32>().unwrap())).abs() < 1e-6);
}
