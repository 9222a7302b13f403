//! Letters that repeat themselves, some of them hidden: learnt, and hidden anew in each epoch but
//! for an evaluation.

use sconce_models::AnyModel;

use super::*;
use crate::tests::{assert_falls, assert_near, bert, bits, build, fit, tokenizer};

const WORDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// One letter again and again, so that what is hidden stands beside it.
fn texts() -> MlmDataset {
    let text = |i: usize| vec![WORDS[i % 8]; 6 + i % 5].join(" ");
    let texts: Vec<String> = (0..64).map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    MlmDataset::encode(&*tokenizer(&WORDS), &texts, None).unwrap()
}

fn model(seed: u64) -> (AnyModel, ParamStore) {
    build(bert("BertForMaskedLM", &*tokenizer(&WORDS)), seed)
}

fn task<'a>(
    (model, store): &'a (AnyModel, ParamStore),
    texts: &'a MlmDataset,
    probability: f64,
) -> MaskedTask<'a> {
    MaskedTask {
        model: model.masked_lm().unwrap(),
        store,
        train: texts,
        valid: Some(texts),
        masking: Masking { probability, seed: 3, ..Masking::default() },
        loss: CrossEntropy::default(),
        batching: Batching { batch_size: 16, ..Batching::default() },
    }
}

#[test]
fn hidden_letters_are_learnt_and_a_run_repeats_to_the_bit() {
    let texts = texts();
    let run = || {
        let model = model(1);
        let task = task(&model, &texts, 0.2);
        let history = fit(&task, 30.);
        assert_falls(&history, 0.5);
        let valid = history.evaluations.last().unwrap().metrics.clone();
        assert!(valid["accuracy"] > 0.8, "{valid:?}");
        assert_near("perplexity", valid["perplexity"].ln(), valid["loss"]);
        assert_eq!(task.metric(), "loss");
        bits(&model.1)
    };
    assert_eq!(run(), run());
}

#[test]
fn every_batch_of_a_run_hides_other_tokens() {
    let (texts, model) = (texts(), model(1));
    let task = task(&model, &texts, 0.2);
    let loss = |step: u64| {
        let loss = task.loss(&[0, 1, 2, 3], Mode::train(9, step)).unwrap();
        (loss.loss.to_scalar::<f32>().unwrap(), loss.weight)
    };
    assert_eq!(loss(1), loss(1));
    assert_ne!(loss(1), loss(2));
}

#[test]
fn metrics_are_those_of_all_logits_of_texts_that_are_each_evaluated_alone() {
    let (texts, model) = (texts(), model(1));
    let model = model.0.masked_lm().unwrap();
    let masking = Masking { probability: 0.3, seed: 3, ..Masking::default() };
    let metrics = evaluate_masked_lm(model, &texts, &masking).unwrap().metrics;
    let (mut sum, mut right, mut n) = (0., 0, 0);
    for row in 0..texts.encoded().len() {
        let batch = texts.collate(&[row], &masking, 0).unwrap();
        let offsets = packed::offsets(&batch).unwrap();
        let logits = model.forward(&packed::tokens(&batch, &offsets), Mode::Eval).unwrap();
        let logits = logits.to_vec2::<f32>().unwrap();
        let targets = batch.targets.tokens().unwrap();
        for (logits, target) in logits.iter().zip(targets).filter(|(_, t)| **t != IGNORE_INDEX) {
            let exponentials: f64 = logits.iter().map(|x| f64::from(*x).exp()).sum();
            sum += exponentials.ln() - f64::from(logits[*target as usize]);
            right += usize::from(logits.iter().all(|x| *x <= logits[*target as usize]));
            n += 1;
        }
    }
    assert_near("loss", metrics["loss"], sum / f64::from(n));
    assert_near("accuracy", metrics["accuracy"], right as f64 / f64::from(n));
    let again = evaluate_masked_lm(model, &texts, &masking).unwrap().metrics;
    assert_eq!(metrics, again, "an evaluation hides the same tokens again");
}

#[test]
fn batches_without_a_hidden_token_teach_nothing() {
    let (texts, model) = (texts(), model(1));
    let before = bits(&model.1);
    let task = task(&model, &texts, 0.);
    assert_eq!(task.loss(&[0, 1], Mode::train(1, 1)).unwrap().weight, 0.);
    let valid = task.evaluate().unwrap().unwrap();
    assert_eq!((valid["loss"], valid["accuracy"]), (0., 0.));
    fit(&task, 1.);
    assert_eq!(bits(&model.1), before);
}
