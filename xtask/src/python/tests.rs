//! Tests of naming environments.

use super::*;

#[test]
fn fnv1a_gives_the_published_values() {
    let cases = [
        ("", 0xcbf2_9ce4_8422_2325),
        ("a", 0xaf63_dc4c_8601_ec8c),
        ("foobar", 0x8594_4171_f739_67e8),
    ];
    for (text, expected) in cases {
        assert_eq!(fnv1a(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn comments_and_order_do_not_change_an_environment_and_pins_do() {
    let name = |text: &str| {
        folder_name(Path::new("benches/peers/requirements-golden.txt"), &pins(text).unwrap())
    };
    let first = name("torch==2.0.0\nnumpy==1.0.0\n");
    assert_eq!(first, name("# why\n\nnumpy==1.0.0 # here\ntorch==2.0.0"));
    assert_ne!(first, name("torch==2.0.1\nnumpy==1.0.0\n"));
    assert!(first.starts_with("golden-") && first.len() == "golden-".len() + 16, "{first}");
}

#[test]
fn a_line_that_pins_nothing_is_an_error_with_its_number() {
    for line in ["torch", "torch>=2", "==2", "torch=="] {
        let error = pins(&format!("numpy==1.0.0\n{line}\n")).unwrap_err().to_string();
        assert!(error.contains(&format!("line 2: `{line}`")), "{error}");
    }
}
