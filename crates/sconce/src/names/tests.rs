//! Tests of name suggestions.

use super::*;

#[test]
fn a_hint_lists_what_there_is() {
    assert_eq!(hint("adm", &["adam", "sgd"]), "did you mean \"adam\"? there are: adam, sgd");
    assert_eq!(hint("zzz", &["adam", "sgd"]), "there are: adam, sgd");
}
