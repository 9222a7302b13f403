//! Tests of value parsers.

use super::*;

#[test]
fn numbers_outside_their_range_are_refused() {
    assert_eq!(at_least_one::<u64>("3"), Ok(3));
    for text in ["0", "-1", "1.5", "x", ""] {
        assert!(at_least_one::<u64>(text).is_err(), "{text}");
    }
    assert_eq!(positive("1e-3"), Ok(0.001));
    for text in ["0", "-1", "nan", "inf", "x"] {
        assert!(positive(text).is_err(), "{text}");
    }
    assert_eq!(not_negative("0"), Ok(0.));
    assert!(not_negative("-0.1").is_err());
    assert_eq!(share("0.5"), Ok(0.5));
    assert!(share("1").is_err() && share("-0.1").is_err());
}

#[test]
fn planned_names_are_told_from_unknown_ones() {
    let choose = |text| choice(text, &["textcnn", "bag"], &["lstm"]);
    assert_eq!(choose("bag"), Ok(()));
    assert!(choose("lstm").unwrap_err().starts_with("not in this version"));
    assert!(choose("textcn").unwrap_err().contains("did you mean \"textcnn\"?"));
}
