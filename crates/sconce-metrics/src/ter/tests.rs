//! A shift is one edit, however many words it moves; what is degenerate has a score too.

use super::Ter;
use crate::TextMetric;

#[test]
fn a_shift_is_one_edit() {
    let cases = [
        ("a b c d e f", "d e f a b c", 1),
        ("a b c d", "a b c d", 0),
        ("a b c d", "a x c d", 1),
        ("a b c d", "", 4),
        ("", "a b", 2),
        ("", "", 0),
        ("a", "b", 1),
    ];
    for (reference, hypothesis, edits) in cases {
        let score = Ter::new().sentence(&[reference], hypothesis).unwrap();
        assert_eq!(score.edits, edits, "{reference:?} {hypothesis:?}");
    }
}

#[test]
fn the_nearest_reference_counts_by_the_mean_length() {
    let score = Ter::new().sentence(&["a b", "a b c d e f"], "a b c").unwrap();
    assert_eq!((score.edits, score.reference_length), (1, 4.0));
}

#[test]
fn texts_of_very_different_lengths_have_a_distance() {
    let long = "w ".repeat(400);
    for (reference, hypothesis) in [(long.as_str(), "w"), ("w", long.as_str()), (&long, "x y")] {
        let mut ter = Ter::new();
        ter.update(&[reference], hypothesis).unwrap();
        assert!(ter.score().edits >= 398, "{}", ter.score());
    }
}
