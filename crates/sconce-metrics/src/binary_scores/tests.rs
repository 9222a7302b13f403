//! Bad scores are named, and absent classes score 0.

use super::{Level, Scored, binary_scores_by_name};
use crate::{Error, MetricKind};

#[test]
fn equal_scores_form_one_level() {
    let mut scored = Scored::default();
    scored.update(&[true, false, true, false], &[0.5, 0.5, 0.0, -0.0]).unwrap();
    assert_eq!(scored.levels(), [Level { positive: 1, negative: 1 }; 2]);
}

#[test]
fn a_batch_with_a_bad_score_is_not_counted() {
    for name in MetricKind::BinaryScores.names() {
        let mut metric = binary_scores_by_name(name).unwrap();
        metric.update(&[true, false, true], &[0.9, 0.8, 0.1]).unwrap();
        let before = metric.value();
        let error = metric.update(&[false, true], &[0.0, f64::NAN]).unwrap_err();
        let value = "NaN".to_owned();
        assert_eq!(error, Error::NotFinite { what: "score", value, position: 1 }, "{name}");
        assert!(metric.update(&[false], &[]).is_err(), "{name}");
        assert_eq!(metric.value(), before, "{name}");
        metric.reset();
        metric.update(&[false, false], &[0.9, 0.8]).unwrap();
        assert_eq!(metric.value(), 0.0, "{name} without positive examples");
    }
}
