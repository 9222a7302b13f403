//! What patterns name, and what is offered where they name nothing.

use candle_core::Device;
use sconce_ops::{Init, ParamSpec};

use super::*;

#[test]
fn a_pattern_is_a_name_a_scope_or_has_stars() {
    let name = "bert.encoder.layer.1.output.dense.bias";
    for pattern in [
        name,
        "bert",
        "bert.encoder.layer.1",
        "*",
        "*.bias",
        "*.layer.1",
        "*.layer.1.*",
        "b*.enc*.layer.*.bias",
        "*output*",
        "bert.*.dense",
    ] {
        assert!(is_named(pattern, name), "{pattern}");
    }
    for pattern in
        ["", "ber", "encoder", "bert.encoder.layer", "*.weight", "*.layer.1x", "*.bias.*"]
    {
        let expected = pattern == "bert.encoder.layer";
        assert_eq!(is_named(pattern, name), expected, "{pattern}");
    }
    assert!(!is_named("bert.encoder.layer.1", "bert.encoder.layer.10.output.dense.bias"));
    let stars = "*a".repeat(40);
    assert!(!is_named(&stars, &"a".repeat(39)), "many stars take no exponential time");
}

#[test]
fn a_pattern_without_a_parameter_offers_near_names_or_scopes() {
    let store = ParamStore::new(&Device::Cpu, 1);
    for name in ["embedding.weight", "encoder.weight", "encoder.bias"] {
        store.root().get(name, ParamSpec::new(2, Init::Constant(0.))).unwrap();
    }
    for (pattern, expected) in [
        (
            "embeding.weight",
            "no parameter is named \"embeding.weight\"; did you mean \"embedding.weight\"",
        ),
        ("zzz", "no parameter is named \"zzz\"; they are in embedding, encoder"),
    ] {
        let error = named(pattern, &store).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(named("encoder", &store).unwrap().len(), 2);
}
