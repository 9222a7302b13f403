//! Tables that would lead the library out of its arrays.

use super::*;

/// A table of `units` and `texts`.
fn table(units: &[u32], texts: &str) -> Vec<u8> {
    let mut bytes = ((units.len() * 4) as u32).to_le_bytes().to_vec();
    units.iter().for_each(|unit| bytes.extend(unit.to_le_bytes()));
    bytes.extend(texts.as_bytes());
    bytes
}

#[test]
fn only_tables_that_stay_in_themselves_are_taken() {
    let mut units = [0_u32; 512];
    assert_eq!(check(&table(&units, "x\0")), Ok(()));
    // A step to unit 7 ^ 4, where a value is.
    units[7] = 4 << 10 | 0x100;
    for (value, texts, is_sound) in
        [(2, "x\0", true), (3, "x\0", false), (2, "é\0", true), (1, "é\0", false)]
    {
        for kind in [0, 1 << 31] {
            units[3] = kind | value;
            assert_eq!(check(&table(&units, texts)).is_ok(), is_sound, "{value} in {texts:?}");
        }
    }
    units = [0; 512];
    units[7] = 1 << 19;
    assert!(check(&table(&units, "x\0")).is_err(), "a step out of the trie");
    assert!(check(&table(&[0; 255], "")).is_err(), "a trie that is too short for any byte");
    assert!(check(&table(&[], "")).is_err());
    assert!(check(&[9, 0, 0, 0, 1]).is_err() && check(&[1]).is_err());
    assert_eq!(check(&[]), Ok(()));
}

#[test]
fn base64_is_read_and_what_is_none_is_refused() {
    for (text, bytes) in [
        ("", Some("")),
        ("Zg==", Some("f")),
        ("Zm8=", Some("fo")),
        ("Zm9v", Some("foo")),
        ("Zm9vYg==", Some("foob")),
        ("+/A=", None),
        ("Zg", None),
        ("Z===", None),
        ("Zm9v\n", None),
        ("Zg==Zg==", None),
    ] {
        let got = from_base64(text).and_then(|bytes| String::from_utf8(bytes).ok());
        assert_eq!(got.as_deref(), bytes, "{text:?}");
    }
    assert_eq!(from_base64("+/A="), Some(vec![0xFB, 0xF0]));
}
