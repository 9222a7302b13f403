//! Tests of freezing by name.

use candle_core::Device;
use sconce_ops::{Init, ParamSpec};

use super::*;

fn store() -> ParamStore {
    let store = ParamStore::new(&Device::Cpu, 1);
    for name in ["embedding.weight", "encoder.weight", "encoder.bias"] {
        store.root().get(name, ParamSpec::new(2, Init::Constant(0.))).unwrap();
    }
    store
}

#[test]
fn patterns_freeze_names_scopes_and_wildcards() {
    for (pattern, frozen) in [
        ("embedding", vec!["embedding.weight"]),
        ("encoder", vec!["encoder.weight", "encoder.bias"]),
        ("encoder.bias", vec!["encoder.bias"]),
        ("*.weight", vec!["embedding.weight", "encoder.weight"]),
        ("en*er", vec!["encoder.weight", "encoder.bias"]),
    ] {
        let store = store();
        freeze(&[pattern.to_owned()], &store).unwrap();
        let params = store.params();
        let names: Vec<&str> =
            params.iter().filter(|param| !param.is_trainable()).map(|param| param.name()).collect();
        assert_eq!(names, frozen, "{pattern}");
    }
}

#[test]
fn a_pattern_without_a_parameter_and_a_model_without_training_are_refused() {
    for (pattern, expected) in
        [("embeding.weight", "did you mean \"embedding.weight\"?"), ("*", "every parameter")]
    {
        let error = freeze(&[pattern.to_owned()], &store()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
