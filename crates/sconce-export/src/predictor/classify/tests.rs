//! Labels, sets and numbers against transformers' pipeline and the folders' own files.

use sconce_testing::Golden;

use super::*;
use crate::predictor::tests::{assert_close, floats, folder, pipelines, predictor};

#[test]
fn probabilities_are_those_of_the_pipeline_for_texts_and_pairs() {
    let golden = pipelines();
    let texts = golden.strings("classify.texts").unwrap();
    let labels = golden.strings("classify.labels").unwrap();
    let predictor = predictor("bert_sequence_classification");
    let single: Vec<Input<'_>> = texts.iter().map(|text| Input::Text(text)).collect();
    let pairs: Vec<Input<'_>> =
        texts.windows(2).map(|texts| Input::Pair(&texts[0], &texts[1])).collect();
    for (inputs, key) in [(single, "classify.scores"), (pairs, "classify.pair_scores")] {
        let expected = floats(&golden, key);
        let rows = predictor.classify(&inputs, THRESHOLD).unwrap().rows;
        assert_eq!(rows.len(), inputs.len());
        for (row, expected) in rows.iter().zip(expected.chunks(labels.len())) {
            let Classification::Label(prediction) = row else { panic!("{row:?}") };
            assert!(prediction.scores.is_sorted_by(|a, b| a.1 >= b.1));
            assert_eq!(prediction.label, prediction.scores[0].0);
            let score = |label: &String| {
                prediction.scores.iter().find(|(name, _)| name == label).unwrap().1
            };
            assert_close(key, &labels.iter().map(score).collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn a_cross_encoder_scores_pairs_as_sentence_transformers_does() {
    let expected = Golden::open(folder("cross_encoder").join("expected.json")).unwrap();
    let firsts = expected.strings("texts.first").unwrap();
    let seconds = expected.strings("texts.second").unwrap();
    let pairs: Vec<(&str, &str)> =
        firsts.iter().zip(&seconds).map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let predictor = predictor("cross_encoder");
    let scores = predictor.similarity(&pairs).unwrap();
    assert_close("scores", &scores.rows, &floats(&expected, "scores"));
    // The folder keeps twelve tokens.
    assert!(scores.n_truncated > 0);
}

/// A copy of a folder with other keys in its config; the tokenizer's from another folder.
fn changed(
    name: &str,
    change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> Predictor {
    let copy = tempfile::tempdir().unwrap();
    let file = |name: &str, of: &str| std::fs::copy(folder(of).join(name), copy.path().join(name));
    file("model.safetensors", name).unwrap();
    file("tokenizer.json", "bert_masked_lm").unwrap();
    let json = std::fs::read(folder(name).join("config.json")).unwrap();
    let mut config = serde_json::from_slice(&json).unwrap();
    change(&mut config);
    std::fs::write(copy.path().join("config.json"), serde_json::to_vec(&config).unwrap()).unwrap();
    let bundle = crate::Bundle::open(copy.path(), &candle_core::Device::Cpu).unwrap();
    Predictor::new(bundle)
}

#[test]
fn what_a_single_number_goes_through_is_said_by_the_config() {
    let number = |predictor: &Predictor| {
        let rows = predictor.classify(&[Input::Pair("the cat", "a dog")], THRESHOLD)?.rows;
        match rows.as_slice() {
            [Classification::Numbers(numbers)] => Ok::<f32, Error>(numbers[0].1),
            _ => panic!("{rows:?}"),
        }
    };
    let sigmoid = number(&changed("cross_encoder", |_| ())).unwrap();
    let key = |key: &str, value: &str| {
        changed("cross_encoder", |config| {
            config.insert(key.into(), value.into());
        })
    };
    let raw = number(&key("problem_type", "regression")).unwrap();
    assert!((sigmoid - 1. / (1. + (-raw).exp())).abs() < 1e-6, "{sigmoid} of {raw}");
    let identity = "torch.nn.modules.linear.Identity";
    assert_eq!(number(&key(OLD, identity)).unwrap(), raw);
    assert_eq!(number(&key(OLD, "torch.nn.modules.activation.Sigmoid")).unwrap(), sigmoid);
    let error = number(&key(OLD, "torch.nn.modules.activation.Tanh")).unwrap_err().to_string();
    assert!(error.contains("Tanh") && error.contains("Sigmoid and Identity"), "{error}");
}

/// The key of `config.json` in which sentence-transformers wrote the function.
const OLD: &str = "sbert_ce_default_activation_function";

#[test]
fn of_several_labels_those_over_the_threshold_apply() {
    let predictor = changed("bert_sequence_classification_multi_label", |_| ());
    let rows = |threshold| {
        let rows = predictor.classify(&[Input::Text("the cat sat")], threshold).unwrap().rows;
        match rows.into_iter().next() {
            Some(Classification::Labels(set)) => set,
            row => panic!("{row:?}"),
        }
    };
    let all = rows(0.);
    assert_eq!(all.labels.len(), 3);
    let middle = all.scores[1].1;
    assert_eq!(rows(middle).labels, all.labels[..2]);
    assert!(rows(1.1).labels.is_empty());
    let error = predictor.predict(&["the cat"]).unwrap_err().to_string();
    assert_eq!(error, "the model gives sets of labels, not one label");
}
