//! Tests of judging a quickstart.

use super::*;

#[test]
fn only_an_accuracy_at_the_floor_or_above_passes() {
    for (accuracy, passes) in [(0.50, false), (0.6999, false), (0.70, true), (0.78, true)] {
        let line = format!("{{\"event\":\"done\",\"test\":{{\"accuracy\":{accuracy}}}}}\n");
        assert_eq!(judge(&line).is_ok(), passes, "{accuracy}");
    }
    let error = judge("{\"event\":\"done\",\"test\":{\"accuracy\":0.5}}").unwrap_err();
    assert_eq!(error.to_string(), "test accuracy 0.5000 is below the floor 0.7");
}

#[test]
fn a_run_that_says_nothing_fails() {
    assert!(judge("").is_err());
}
