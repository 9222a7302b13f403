//! Files of transformers are read as it means them, written back, and refused where they ask for what
//! is not there.

use serde_json::json;

use super::*;

fn read(json: Value) -> Result<GenerationConfig, String> {
    serde_json::from_value(json).map_err(|error| error.to_string())
}

#[test]
fn one_id_or_several_and_null_are_read() {
    let config = read(json!({
        "eos_token_id": 2, "pad_token_id": -1, "stop_strings": "\n", "early_stopping": "never",
        "temperature": null, "top_k": null, "max_new_tokens": null, "repetition_penalty": 1,
        "bos_token_id": 1, "transformers_version": "5.24.0", "typical_p": 1.0, "guidance_scale": null,
    }));
    let mut other = Map::new();
    other.insert("bos_token_id".into(), json!(1));
    other.insert("transformers_version".into(), json!("5.24.0"));
    let expected = GenerationConfig {
        eos_token_id: vec![2],
        stop_strings: vec!["\n".into()],
        early_stopping: EarlyStopping::Never,
        other,
        ..GenerationConfig::default()
    };
    assert_eq!(config, Ok(expected));
    assert_eq!(read(json!({"eos_token_id": [2, 5]})).unwrap().eos_token_id, [2, 5]);
}

#[test]
fn what_differs_from_the_defaults_is_written_and_read_back() {
    assert_eq!(serde_json::to_string(&GenerationConfig::default()).unwrap(), "{}");
    let config = read(json!({
        "eos_token_id": 7, "num_beams": 4, "early_stopping": true, "length_penalty": 0.8,
        "bad_words_ids": [[1, 2], [3]], "max_length": 30, "bos_token_id": 1, "repetition_penalty": 1.1,
    }))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    config.save(folder.path()).unwrap();
    assert_eq!(GenerationConfig::load(folder.path()).unwrap(), config);
    let text = std::fs::read_to_string(folder.path().join(GENERATION_CONFIG_FILE)).unwrap();
    assert!(text.contains("\"eos_token_id\": 7") && text.contains("\"repetition_penalty\": 1.1"));
    assert!(!text.contains("top_k"));
}

#[test]
fn a_folder_without_the_file_gives_the_tokens_of_its_config() {
    let folder = tempfile::tempdir().unwrap();
    let error = GenerationConfig::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("config.json"), "{error}");
    let json = r#"{"model_type": "gpt2", "eos_token_id": 9, "temperature": 3, "top_h": 1}"#;
    std::fs::write(folder.path().join("config.json"), json).unwrap();
    let expected = GenerationConfig { eos_token_id: vec![9], ..GenerationConfig::default() };
    assert_eq!(GenerationConfig::load(folder.path()).unwrap(), expected);
    std::fs::write(folder.path().join(GENERATION_CONFIG_FILE), "{\"top_k\": \"x\"}").unwrap();
    let error = GenerationConfig::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("generation_config.json: top_k: \"x\": invalid type"), "{error}");
}

#[test]
fn settings_that_are_not_implemented_are_refused_by_name() {
    for (field, value) in [
        ("typical_p", json!(0.9)),
        ("num_beam_groups", json!(2)),
        ("forced_eos_token_id", json!(2)),
        ("suppress_tokens", json!([1])),
        ("renormalize_logits", json!(true)),
    ] {
        let error = read(json!({ field: value })).unwrap_err();
        assert!(error.contains(&format!("{field}: {value} is not implemented")), "{error}");
    }
    for (field, value) in [
        ("typical_p", json!(1)),
        ("num_beam_groups", json!(1)),
        ("epsilon_cutoff", json!(0.0)),
        ("suppress_tokens", json!([])),
        ("renormalize_logits", json!(false)),
    ] {
        assert_eq!(read(json!({ field: value })), Ok(GenerationConfig::default()), "{field}");
    }
}

#[test]
fn values_of_a_wrong_type_are_refused_by_name() {
    for (field, value) in [
        ("max_new_tokens", json!(-1)),
        ("do_sample", json!("yes")),
        ("eos_token_id", json!([1, "a"])),
        ("early_stopping", json!("always")),
        ("early_stopping", json!(1)),
    ] {
        let error = read(json!({ field: value })).unwrap_err();
        assert!(error.starts_with(&format!("generation config: {field}: ")), "{error}");
    }
}

#[test]
fn contradictions_and_settings_without_effect_are_refused() {
    let cases = [
        (json!({"num_beams": 2, "do_sample": true}), "num_beams: num_beams 2 with do_sample"),
        (json!({"num_beams": 0}), "num_beams: must be at least 1"),
        (json!({"num_beams": 2, "num_return_sequences": 3}), "3 is above num_beams 2"),
        (json!({"num_beams": 2, "stop_strings": ["a"]}), "stop_strings: not implemented with"),
        (json!({"num_return_sequences": 2}), "2 greedy texts would be the same"),
        (json!({"num_return_sequences": 0}), "num_return_sequences: must be at least 1"),
        (json!({"temperature": 0.5}), "temperature: 0.5 has no effect without do_sample"),
        (json!({"top_k": 5}), "top_k: 5 has no effect without do_sample"),
        (json!({"top_p": 0.5}), "top_p: 0.5 has no effect without do_sample"),
        (json!({"min_p": 0.5}), "min_p: 0.5 has no effect without do_sample"),
        (json!({"length_penalty": 2}), "length_penalty: 2 has no effect without num_beams"),
        (json!({"early_stopping": true}), "early_stopping: true has no effect without num_beams"),
        (json!({"min_new_tokens": 2}), "min_new_tokens: 2 has no effect without eos_token_id"),
        (json!({"min_length": 2}), "min_length: 2 has no effect without eos_token_id"),
        (json!({"max_new_tokens": 0}), "max_new_tokens: must be at least 1"),
        (json!({"max_new_tokens": 2, "min_new_tokens": 3}), "3 is above max_new_tokens 2"),
        (json!({"max_length": 2, "min_length": 3}), "3 is above max_length 2"),
        (json!({"do_sample": true, "temperature": 0}), "temperature: must be above 0, got 0"),
        (json!({"do_sample": true, "top_p": 1.5}), "top_p: must be in [0, 1], got 1.5"),
        (json!({"do_sample": true, "min_p": -1}), "min_p: must be in [0, 1], got -1"),
        (json!({"repetition_penalty": 0}), "repetition_penalty: must be above 0, got 0"),
        (json!({"stop_strings": [""]}), "stop_strings: an empty stop string"),
        (json!({"bad_words_ids": [[]]}), "bad_words_ids: an empty list"),
        (json!({"eos_token_id": 50}), "eos_token_id: token 50 is not in a vocabulary of 50"),
        (json!({"bad_words_ids": [[1, 60]]}), "bad_words_ids: token 60 is not in"),
    ];
    for (json, expected) in cases {
        let error = read(json.clone()).unwrap().check_for(50).unwrap_err().to_string();
        assert!(error.starts_with("generation config: "), "{error}");
        assert!(error.contains(expected), "{json}: {error}");
    }
    let tiny = GenerationConfig { num_beams: 2, ..GenerationConfig::default() };
    let error = tiny.check_for(1).unwrap_err().to_string();
    assert!(error.contains("beam search needs 2 tokens, the vocabulary has 1"), "{error}");
}

#[test]
fn what_one_strategy_reads_can_be_dropped_for_another() {
    let config = read(json!({
        "do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.9, "min_p": 0.1,
        "eos_token_id": 3, "repetition_penalty": 1.2,
    }))
    .unwrap();
    let greedy = config.without_sampling();
    greedy.check().unwrap();
    assert_eq!(greedy.repetition_penalty, 1.2);
    let beams = GenerationConfig {
        num_beams: 4,
        length_penalty: 2.,
        early_stopping: EarlyStopping::AtOnce,
        ..greedy.clone()
    };
    beams.check().unwrap();
    assert_eq!(beams.without_beams(), greedy);
}
