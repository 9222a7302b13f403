//! What is no English word comes back without harm.

use super::porter_stem;

#[test]
fn anything_has_a_stem() {
    for word in ["", "s", "ss", "ies", "ing", "é", "naïves", "yyyyyy", "ion", "ll", "e", "日本語s"]
    {
        assert!(porter_stem(word).chars().count() <= word.chars().count(), "{word}");
    }
}

#[test]
fn a_run_of_y_is_not_quadratic() {
    let word = "y".repeat(1_000_000);
    assert!(!porter_stem(&word).is_empty());
}
