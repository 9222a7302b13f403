//! Forty made-up sentences, a bag of embeddings, and the Trainer.
//!
//! Weights are drawn, batches shuffled and masks of dropout made from the seeds below, so the
//! numbers are the same at every run.
//!
//! `cargo run -p sconce-training --example train_a_bag` prints
//!
//! ```text
//! 40 sentences, 30 to train on, 27 words
//! epoch  5: loss 0.455
//! epoch 10: loss 0.054
//! epoch 15: loss 0.015
//! epoch 20: loss 0.012
//! held-out accuracy 1.00 after 80 steps
//! target \ predicted  bad  good
//! bad                   5     0
//! good                  0     5
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use candle_core::Device;
use sconce_models::{AnyModel, BagConfig, ModelConfig};
use sconce_text_pipeline::{
    EncodedDataset, Labels, Normalizer, PreTokenizer, Split, Tokenizer, VocabularyOptions,
    WordTokenizer,
};
use sconce_training::{
    Batching, ClassifyTask, Control, CrossEntropy, Details, Event, LrSchedule, ParamStore, Trainer,
    TrainerConfig, Warmup, evaluate_classifier,
};

const SEED: u64 = 42;
const SUBJECTS: [&str; 4] = ["the film", "this story", "her new album", "the second half"];
const PRAISE: [&str; 5] = ["is a joy", "shines", "is warm and funny", "moved me", "is a triumph"];
const BLAME: [&str; 5] = ["is a bore", "drags", "is cold and dull", "lost me", "is a mess"];

/// Every subject with every verdict: sentences and their labels.
fn sentences() -> (Vec<String>, Vec<&'static str>) {
    let verdicts = PRAISE.map(|verdict| (verdict, "good")).into_iter();
    let verdicts: Vec<_> = verdicts.chain(BLAME.map(|verdict| (verdict, "bad"))).collect();
    let sentence = |subject: &'static str| {
        verdicts.iter().map(move |(verdict, label)| (format!("{subject} {verdict}"), *label))
    };
    SUBJECTS.into_iter().flat_map(sentence).unzip()
}

/// Cuts, numbers and labels all sentences; gives the labels and the number of words too.
fn encode() -> Result<(EncodedDataset, Labels, usize), Box<dyn std::error::Error>> {
    let (texts, given) = sentences();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let labels = Labels::build(&given)?;
    let options = VocabularyOptions::default();
    let tokenizer =
        WordTokenizer::train(&texts, Normalizer::default(), PreTokenizer::Whitespace, &options)?;
    let examples = EncodedDataset::encode(&tokenizer, &texts, labels.ids(&given)?, None)?;
    Ok((examples, labels, tokenizer.vocab_size()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (examples, labels, vocab_size) = encode()?;
    let split = Split::stratified(examples.labels(), 0.25, SEED)?;
    let (train, test) = (examples.subset(&split.train)?, examples.subset(&split.test)?);
    println!("{} sentences, {} to train on, {vocab_size} words", examples.len(), train.len());

    let config = ModelConfig::classifier(BagConfig {}, vocab_size, 16, labels.names());
    let store = ParamStore::new(&Device::Cpu, SEED);
    let model = AnyModel::from_config(&config, &store.root())?;
    let model = model.sequence_classifier()?;
    let task = ClassifyTask {
        model,
        store: &store,
        train: &train,
        valid: None,
        loss: CrossEntropy::default(),
        batching: Batching { batch_size: 8, seed: SEED, by_length: false },
    };
    let config = TrainerConfig {
        epochs: 20.,
        learning_rate: 0.03,
        schedule: LrSchedule::Linear,
        warmup: Warmup::Ratio(0.1),
        clip: Some(5.),
        seed: SEED,
        ..TrainerConfig::default()
    };
    let mut n_steps = 0;
    let mut observer = |event: &Event<'_>| {
        match event {
            Event::Step { .. } => n_steps += 1,
            Event::Epoch(epoch) if epoch.epoch % 5 == 0 => {
                println!("epoch {:2}: loss {:.3}", epoch.epoch, epoch.train_loss);
            }
            _ => {}
        }
        Control::Continue
    };
    let history = Trainer::new(config).fit(&task, &mut observer)?;
    assert_eq!(n_steps, history.n_steps);

    let report = evaluate_classifier(model, &test)?;
    let accuracy = report.metrics["accuracy"];
    println!("held-out accuracy {accuracy:.2} after {n_steps} steps");
    if let Details::Labels(confusion) = report.details {
        print!("{}", confusion.render(labels.names())?);
    }
    assert!(accuracy > 0.95);
    Ok(())
}
