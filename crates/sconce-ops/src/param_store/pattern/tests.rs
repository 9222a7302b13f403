//! Patterns and what they fit.

use candle_core::Device;

use super::*;
use crate::{Init, ParamSpec};

#[test]
fn a_star_is_any_text_and_a_question_mark_one_character() {
    for (pattern, name, expected) in [
        ("a.b", "a.b", true),
        ("a.b", "a.bc", false),
        ("a.b", "xa.b", false),
        ("*", "", true),
        ("*", "anything.at.all", true),
        ("", "", true),
        ("", "a", false),
        ("a.*", "a.b.c", true),
        ("a.*", "a.", true),
        ("a.*", "a", false),
        ("*.bias", "a.bias.bias", true),
        ("*.bias", "a.bias.weight", false),
        ("*a*b", "xaxbxab", true),
        ("*a*b*", "b.a", false),
        ("layer.1?.*", "layer.10.w", true),
        ("layer.1?.*", "layer.1.w", false),
        ("?", "ü", true),
        ("a**b", "ab", true),
    ] {
        assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn parameters_come_in_order_and_second_names_count() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let spec = || ParamSpec::new(1, Init::ZEROS);
    for name in ["z.weight", "a.weight", "a.bias"] {
        store.root().get(name, spec()).unwrap();
    }
    store.root().tie("head.weight", &store.get("z.weight").unwrap()).unwrap();
    let names = |pattern: &str| {
        let found = store.matching(pattern).unwrap();
        found.iter().map(|param| param.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("*.weight"), ["z.weight", "a.weight"]);
    assert_eq!(names("head.*"), ["z.weight"]);
    let error = store.matching("*.bais").unwrap_err().to_string();
    assert!(
        error.starts_with("no parameter's name fits `*.bais`; 3 names, nearest: a.bias"),
        "{error}"
    );
    let error = ParamStore::new(&Device::Cpu, 1).matching("*").unwrap_err().to_string();
    assert!(error.contains("0 names"), "{error}");
}
