//! Checkpoints in the forms that are met: what is read, what is missing, what is left over.

use candle_core::{Device, Tensor};
use sconce_models::{AnyModel, CausalLm, Head, ModelConfig, Tokens, checkpoint};
use sconce_ops::Mode;
use sconce_testing::Golden;

use crate::golden::{Case, case_with, distance, folder, names};

/// Fails if an output is not the expected one, but for single precision.
fn close(case: &Case, key: &str, found: &Tensor) {
    let expected = case.expected.tensor(key).unwrap();
    let distance = distance(found, &expected);
    assert!(distance < 1e-4, "{}: {key} is off by {distance}", case.name);
}

#[test]
fn every_form_of_a_checkpoint_gives_what_transformers_makes_of_it() {
    for name in names("loading") {
        // Some are read by a class without the head that the file names.
        let is_bare = Golden::open(folder(&name).join("expected.json"))
            .and_then(|expected| expected.strings("model"))
            .is_ok_and(|model| model[0].ends_with("Model") && !model[0].ends_with("LMHeadModel"));
        let case = case_with(&name, |config| match config {
            ModelConfig::Pretrained(config) if is_bare => {
                config.with_head(Head::None).unwrap().into()
            }
            config => config,
        });
        let tokens = Tokens { ids: &case.ids, type_ids: &case.type_ids, offsets: &case.offsets };
        match &case.model {
            AnyModel::SequenceClassifier(model) => {
                close(&case, "logits", &model.forward(&tokens, Mode::Eval).unwrap());
            }
            AnyModel::CausalLm(model) => {
                close(&case, "logits", &model.logits(&tokens, Mode::Eval).unwrap());
            }
            AnyModel::MaskedLm(model) => {
                let key = match case.expected.contains("masked_lm_logits") {
                    true => "masked_lm_logits",
                    false => "logits",
                };
                close(&case, key, &model.forward(&tokens, Mode::Eval).unwrap());
            }
            AnyModel::SentenceEncoder(model) => {
                let states = model.encode_tokens(&tokens, Mode::Eval).unwrap();
                close(&case, "last_hidden_state", &states);
            }
            other => panic!("{name}: {} was not expected", other.kind()),
        }
    }
}

#[test]
fn a_bare_checkpoint_gets_a_fresh_head_and_the_report_says_so() {
    let folder = folder("loading_bare_into_head");
    let ModelConfig::Pretrained(config) = checkpoint::load_config(&folder).unwrap() else {
        panic!("a transformer")
    };
    let config = config.with_head(Head::SequenceClassification).unwrap();
    let config = ModelConfig::from(config.with_labels(["a", "b", "c"]));
    let load = |seed| checkpoint::load_pretrained(&folder, &config, &Device::Cpu, seed).unwrap();
    let (model, store, report) = load(1);
    assert_eq!(report.missing, ["classifier.weight", "classifier.bias"]);
    assert!(report.unexpected.is_empty() && report.mismatched.is_empty());
    assert_eq!(model.sequence_classifier().unwrap().labels(), ["a", "b", "c"]);
    let values = |store: &sconce_ops::ParamStore, name: &str| {
        store.get(name).unwrap().tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    let (_, again, _) = load(1);
    let (_, other, _) = load(2);
    assert_eq!(values(&store, "classifier.weight"), values(&again, "classifier.weight"));
    assert_ne!(values(&store, "classifier.weight"), values(&other, "classifier.weight"));
    let words = "bert.embeddings.word_embeddings.weight";
    assert_eq!(values(&store, words), values(&other, words));
}

#[test]
fn a_head_with_other_labels_is_drawn_anew() {
    let folder = folder("bert_sequence_classification");
    let ModelConfig::Pretrained(config) = checkpoint::load_config(&folder).unwrap() else {
        panic!("a transformer")
    };
    let config = ModelConfig::from(config.with_labels(["yes", "no"]));
    let (_, _, report) = checkpoint::load_pretrained(&folder, &config, &Device::Cpu, 1).unwrap();
    let names: Vec<&str> = report.mismatched.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["classifier.weight", "classifier.bias"]);
    // As a finished model the folder is not one of two labels.
    let error = checkpoint::load(&folder, &Device::Cpu).map(|_| ()).err();
    assert!(error.is_none_or(|error| !error.to_string().contains("another shape")));
}
