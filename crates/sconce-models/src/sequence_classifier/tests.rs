//! The conformance suite for every encoder, and what decoding and building promise.

use candle_core::{Device, Tensor, Var};
use sconce_ops::{AdamW, CrossEntropy, Offsets, Optimizer, ParamStore};
use sconce_testing::{assert_close, conformance};

use super::*;
use crate::{BagConfig, EncoderConfig, TextCnnConfig, WordModelConfig};

const VOCAB: usize = 50;

fn encoders() -> [EncoderConfig; 2] {
    let textcnn = TextCnnConfig { filter_widths: vec![1, 3, 4], n_filters: 7 };
    [textcnn.into(), BagConfig {}.into()]
}

fn build(encoder: EncoderConfig, seed: u64) -> (ParamStore, SequenceClassifier) {
    let mut config = WordModelConfig::classifier(encoder, VOCAB, 12, ["a", "b", "c"]);
    config.classifier_dropout = 0.3;
    let store = ParamStore::new(&Device::Cpu, seed);
    let model = SequenceClassifier::new(&config.into(), &store.root()).unwrap();
    (store, model)
}

/// Thirty-two sentences of up to twelve words, one of them empty.
fn sentences() -> Vec<Vec<u32>> {
    let word = |i: u32, j: u32| (i * 31 + j * j * 7 + i * j) % VOCAB as u32;
    (0..32).map(|i| (0..i * 5 % 13).map(|j| word(i, j)).collect()).collect()
}

fn forward(
    model: &SequenceClassifier,
    rows: &[Vec<u32>],
    mode: Mode,
) -> candle_core::Result<Tensor> {
    let offsets = Offsets::from_lengths(rows.iter().map(Vec::len));
    model.forward(&Tokens::new(&rows.concat(), &offsets), mode)
}

fn vars(store: &ParamStore) -> Vec<(String, Var)> {
    store.params().iter().map(|p| (p.name().to_owned(), p.var().clone())).collect()
}

#[test]
fn a_row_alone_equals_the_row_in_a_batch() {
    for encoder in encoders() {
        let (_, model) = build(encoder, 1);
        let forward = |rows: &[Vec<u32>]| forward(&model, rows, Mode::Eval);
        conformance::row_alone_equals_row_in_batch(&forward, &sentences(), 1e-6).unwrap();
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    for encoder in encoders() {
        let (store, model) = build(encoder, 1);
        let logits = forward(&model, &sentences(), Mode::train(1, 1)).unwrap();
        let gradients = store.backward(&logits.sqr().unwrap().sum_all().unwrap()).unwrap();
        let named: Vec<(String, Tensor)> = store
            .params()
            .iter()
            .enumerate()
            .map(|(i, p)| {
                let gradient = gradients.get(i).unwrap().to_dense(p.var().dims()).unwrap();
                (p.name().to_owned(), gradient)
            })
            .collect();
        conformance::every_parameter_gets_a_gradient(&named).unwrap();
    }
}

#[test]
fn thirty_two_examples_are_learnt_by_heart() {
    for encoder in encoders() {
        let (store, model) = build(encoder, 1);
        let rows: Vec<Vec<u32>> = sentences().into_iter().filter(|row| row.len() > 2).collect();
        let targets: Vec<u32> = (0..rows.len() as u32).map(|i| i * i % 3).collect();
        let mut optimizer = AdamW::default();
        let mut step = || {
            let logits = forward(&model, &rows, Mode::Eval)?;
            let loss = CrossEntropy::default().loss(&logits, &targets)?;
            optimizer.step(&store, &store.backward(&loss)?, 0.02)?;
            loss.to_scalar::<f32>()
        };
        conformance::overfits(&mut step, 400, 0.01).unwrap();
    }
}

#[test]
fn the_seed_decides_every_weight() {
    for encoder in encoders() {
        let (a, _) = build(encoder.clone(), 7);
        let (b, _) = build(encoder.clone(), 7);
        conformance::round_trips(&vars(&a), &vars(&b)).unwrap();
        let (other, _) = build(encoder, 8);
        assert!(conformance::round_trips(&vars(&a), &vars(&other)).is_err());
    }
}

#[test]
fn dropout_is_on_in_training_alone_and_named_by_its_step() {
    let (_, model) = build(TextCnnConfig::default().into(), 1);
    let rows = sentences();
    let logits = |mode| forward(&model, &rows, mode).unwrap().to_vec2::<f32>().unwrap();
    assert_eq!(logits(Mode::Eval), logits(Mode::Eval));
    assert_eq!(logits(Mode::train(1, 5)), logits(Mode::train(1, 5)));
    assert_ne!(logits(Mode::train(1, 5)), logits(Mode::train(1, 6)));
    assert_ne!(logits(Mode::train(1, 5)), logits(Mode::Eval));
}

#[test]
fn decoding_gives_softmax_probabilities_in_falling_order() {
    let (_, model) = build(BagConfig {}.into(), 1);
    let logits = Tensor::new(&[[1f32, 3., 2.], [1000., -1000., 0.]], &Device::Cpu).unwrap();
    let decoded = model.decode(&logits).unwrap();
    assert_eq!(decoded[0].iter().map(|s| s.id).collect::<Vec<_>>(), [1, 2, 0]);
    let scores: Vec<f32> = decoded[0].iter().map(|s| s.score).collect();
    // softmax([1, 3, 2]) by torch.
    let expected = Tensor::new(&[0.66524096f32, 0.24472847, 0.09003057], &Device::Cpu).unwrap();
    let scores = Tensor::new(scores, &Device::Cpu).unwrap();
    assert_close("softmax", &scores, &expected, 1e-6, 0.).unwrap();
    assert_eq!(decoded[1][0], LabelScore { id: 0, score: 1. });
}

#[test]
fn contradictions_are_refused_with_their_values() {
    let fails = |config: &ModelConfig| {
        let store = ParamStore::new(&Device::Cpu, 1);
        SequenceClassifier::new(config, &store.root()).unwrap_err().to_string()
    };
    let one_label = ModelConfig::classifier(BagConfig {}, 5, 2, ["only"]);
    assert!(fails(&one_label).contains(r#"needs two labels, id2label has ["only"]"#));
    let dropout = WordModelConfig {
        classifier_dropout: 1.,
        ..WordModelConfig::classifier(BagConfig {}, 5, 2, ["a", "b"])
    };
    assert!(
        fails(&dropout.into()).contains("classifier_dropout must be at least 0 and below 1, got 1")
    );
    for (filter_widths, n_filters) in [(vec![], 1), (vec![3, 0], 1), (vec![3], 0)] {
        let encoder = TextCnnConfig { filter_widths, n_filters };
        let error = fails(&ModelConfig::classifier(encoder, 5, 2, ["a", "b"]));
        assert!(error.contains("must be positive"), "{error}");
    }
}
