//! The JSON that is written, and what is refused.

use super::*;
use crate::{BagConfig, TextCnnConfig};

#[test]
fn a_config_is_written_with_hugging_faces_names_and_read_back() {
    let labels = ["bad", "good"];
    let mut config = WordModelConfig::classifier(TextCnnConfig::default(), 10, 300, labels);
    config.classifier_dropout = 0.5;
    let config = ModelConfig::from(config);
    let json = serde_json::to_value(&config).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "model_type": "textcnn",
            "filter_widths": [3, 4, 5],
            "n_filters": 100,
            "architectures": ["TextCnnForSequenceClassification"],
            "vocab_size": 10,
            "embedding_size": 300,
            "classifier_dropout": 0.5,
            "problem_type": "single_label_classification",
            "id2label": {"0": "bad", "1": "good"},
            "label2id": {"bad": 0, "good": 1},
            "torch_dtype": "float32",
        })
    );
    assert_eq!(serde_json::from_value::<ModelConfig>(json).unwrap(), config);
}

#[test]
fn every_model_type_round_trips_by_its_name() {
    let encoders: [EncoderConfig; 2] = [TextCnnConfig::default().into(), BagConfig {}.into()];
    let names: Vec<&str> = encoders.iter().map(EncoderConfig::model_type).collect();
    assert_eq!(names, EncoderConfig::MODEL_TYPES);
    for encoder in encoders {
        let json = serde_json::to_value(&encoder).unwrap();
        assert_eq!(json["model_type"], encoder.model_type());
        assert_eq!(serde_json::from_value::<EncoderConfig>(json).unwrap(), encoder);
    }
}

#[test]
fn labels_come_in_the_order_of_their_ids_whatever_the_files_order() {
    let mut config = WordModelConfig::classifier(BagConfig {}, 1, 1, ["a", "b", "c"]);
    config.id2label.reverse();
    assert_eq!(config.labels().unwrap(), ["a", "b", "c"]);
    config.label2id.insert("c".into(), 7);
    assert!(config.labels().unwrap_err().contains("is not the reverse of id2label"));
    config.id2label.shift_remove("1");
    assert_eq!(config.labels().unwrap_err(), "id2label has 2 labels but none with id 1");
}

#[test]
fn the_steps_to_a_sentences_vector_stay_with_a_model_without_a_head() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sentence_mean");
    let ModelConfig::Pretrained(config) = crate::checkpoint::load_config(&folder).unwrap() else {
        panic!("a transformer was expected");
    };
    for (head, keeps) in
        [(Head::None, true), (Head::TokenClassification, false), (Head::MaskedLm, false)]
    {
        let changed = config.clone().with_head(head).unwrap();
        assert_eq!(changed.sentence.is_some(), keeps, "{head:?}");
    }
}
