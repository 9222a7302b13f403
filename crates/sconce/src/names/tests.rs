//! Tests of name suggestions.

use super::*;

#[test]
fn slips_find_the_name_and_other_words_find_none() {
    let known = ["epochs", "batch-size", "filter-widths"];
    for (given, expected) in [
        ("epoch", Some("epochs")),
        ("batchsize", Some("batch-size")),
        ("filter-with", Some("filter-widths")),
        ("epcohs", Some("epochs")),
        ("zzz", None),
    ] {
        assert_eq!(nearest(given, known).as_deref(), expected, "{given}");
    }
}

#[test]
fn a_hint_lists_what_there_is() {
    assert_eq!(hint("adm", &["adam", "sgd"]), "did you mean \"adam\"? there are: adam, sgd");
    assert_eq!(hint("zzz", &["adam", "sgd"]), "there are: adam, sgd");
}
