//! Folders that the tests of every task share, limits, and what a text gets beside others.

use std::path::Path;

use candle_core::Device;
use sconce_testing::Golden;

use super::*;

/// A predictor over a folder of `sconce-models` that transformers or sentence-transformers wrote.
pub(crate) fn predictor(name: &str) -> Predictor {
    Predictor::new(Bundle::open(&folder(name), &Device::Cpu).unwrap())
}

pub(crate) fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sconce-models/tests/golden").join(name)
}

/// What transformers' pipelines said (`tests/golden/pipelines.py`).
pub(crate) fn pipelines() -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pipelines.json");
    Golden::open(path).unwrap()
}

/// Fails unless numbers are within 1e-5 of those expected: probabilities of single precision, from
/// logits of size 1 after two layers.
pub(crate) fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{what}: {found} is not {expected}");
    }
}

pub(crate) fn floats(golden: &Golden, key: &str) -> Vec<f32> {
    golden.tensor(key).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

const LONG: &str = "the cat sat on the mat and the dog ran by the river";

#[test]
fn long_texts_are_cut_and_counted_or_refused_by_their_number() {
    let texts = ["frogs", LONG, "the cat", LONG];
    let inputs = texts.map(Input::Text);
    let limited = |limit| predictor("bert_sequence_classification").with_limit(limit);
    let cut = limited(MaxLength::Truncate(6)).classify(&inputs, 0.5).unwrap();
    assert_eq!((cut.rows.len(), cut.n_truncated), (4, 2));
    assert_eq!(limited(MaxLength::Unlimited).classify(&inputs, 0.5).unwrap().n_truncated, 0);
    for inputs in [inputs, texts.map(|text| Input::Pair(text, "a cat"))] {
        let error = limited(MaxLength::Refuse(9)).classify(&inputs, 0.5).unwrap_err();
        assert!(error.to_string().starts_with("text 1: "), "{error}");
        assert!(error.to_string().contains("more than the 9 allowed"), "{error}");
    }
    let refusing = limited(MaxLength::Truncate(6)).refuse_long_texts();
    assert_eq!(refusing.limit(), MaxLength::Refuse(6));
    assert!(refusing.classify(&inputs, 0.5).is_err());
}

#[test]
fn no_limit_is_above_the_positions() {
    let limit = |limit| predictor("bert_masked_lm").with_limit(limit).limit();
    for (given, expected) in [
        (MaxLength::Unlimited, MaxLength::Truncate(40)),
        (MaxLength::Truncate(100), MaxLength::Truncate(40)),
        (MaxLength::Truncate(7), MaxLength::Truncate(7)),
        (MaxLength::Refuse(100), MaxLength::Refuse(40)),
    ] {
        assert_eq!(limit(given), expected);
    }
}

#[test]
fn many_threads_share_a_predictor() {
    let predictor = predictor("bert_sequence_classification");
    let alone = predictor.predict(&["frogs", LONG]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(predictor.predict(&["frogs", LONG]).unwrap(), alone));
        }
    });
}

#[test]
fn a_task_that_the_model_is_not_for_is_refused_by_what_it_is() {
    let predictor = predictor("bert_masked_lm");
    for (error, wanted) in [
        (predictor.predict(&["a"]).map(drop), "a sequence classifier"),
        (predictor.tag(&[Input::Text("a")], Default::default()).map(drop), "a token classifier"),
        (predictor.embed(&["a"]).map(drop), "a sentence encoder"),
        (predictor.generate(&["a"], &Default::default()).map(drop), "a causal language model"),
        (predictor.answer(&[], &predictor.answer_options()).map(drop), "a question answerer"),
    ] {
        let error = error.unwrap_err().to_string();
        assert_eq!(error, format!("the model is a masked language model, not {wanted}"));
    }
}
