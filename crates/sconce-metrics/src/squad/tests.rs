//! The rules in which the versions of SQuAD differ, and errors.

use super::{Squad, SquadV2};
use crate::Error;

const NONE: [&str; 0] = [];

#[test]
fn articles_alone_match_but_share_no_word_in_version_1() {
    let mut first = Squad::new();
    first.update(&["The"], "a").unwrap();
    assert_eq!((first.scores().exact_match, first.scores().f1), (1.0, 0.0));
    let mut second = SquadV2::new();
    second.update(&["The"], "a", 0.0).unwrap();
    assert_eq!((second.scores().exact_match, second.scores().f1), (1.0, 1.0));
}

#[test]
fn a_bad_question_is_not_counted() {
    let mut first = Squad::new();
    first.update(&["cat"], "the cat").unwrap();
    let before = first.clone();
    assert_eq!(first.update(&NONE, "cat"), Err(Error::NoAnswers));
    assert_eq!(first, before);
    let mut second = SquadV2::new();
    second.update(&["cat"], "the cat", 0.5).unwrap();
    let before = second.clone();
    let error = second.update(&["cat"], "cat", f64::NAN).unwrap_err().to_string();
    assert_eq!(error, "no-answer probability NaN at position 1 is not a finite number");
    assert_eq!(second, before);
    first.reset();
    second.reset();
    assert_eq!((first, second), (Squad::new(), SquadV2::new()));
}

#[test]
fn repeated_words_count_as_often_as_both_have_them() {
    let cases = [
        ("day day day", "day", 0.5),
        ("day day", "day day day", 0.8),
        ("one two", "two one", 1.0),
        ("one two", "three", 0.0),
    ];
    for (answer, prediction, f1) in cases {
        let mut squad = Squad::new();
        squad.update(&[answer], prediction).unwrap();
        assert!((squad.scores().f1 - f1).abs() < 1e-15, "{answer}, {prediction}");
    }
}

#[test]
fn above_the_threshold_a_prediction_counts_as_none() {
    for (threshold, has_answer, no_answer) in [(0.4, 0.0, 1.0), (0.5, 1.0, 0.0)] {
        let mut squad = SquadV2::with_threshold(threshold);
        squad.update(&["cat"], "cat", 0.5).unwrap();
        squad.update(&NONE, "cat", 0.5).unwrap();
        assert_eq!(squad.has_answer().exact_match, has_answer, "{threshold}");
        assert_eq!(squad.no_answer().f1, no_answer, "{threshold}");
    }
}
