//! Bad numbers are named, and a batch with one is not counted.

use super::numbers_by_name;
use crate::{Error, MetricKind};

#[test]
fn a_batch_with_a_bad_number_is_not_counted() {
    for name in MetricKind::Numbers.names() {
        let mut metric = numbers_by_name(name).unwrap();
        metric.update(&[1.0, 2.0, 4.0], &[1.0, 3.0, 4.0]).unwrap();
        let before = metric.value();
        let error = metric.update(&[1.0, f64::NAN], &[1.0, 2.0]).unwrap_err();
        let value = "NaN".to_owned();
        assert_eq!(error, Error::NotFinite { what: "target", value, position: 1 }, "{name}");
        let error = metric.update(&[1.0], &[f64::NEG_INFINITY]).unwrap_err();
        let expected = "prediction -inf at position 0 is not a finite number";
        assert_eq!(error.to_string(), expected, "{name}");
        let error = metric.update(&[1.0], &[]).unwrap_err();
        assert_eq!(error, Error::LengthsDiffer { targets: 1, predictions: 0 }, "{name}");
        assert_eq!(metric.value(), before, "{name}");
        metric.reset();
        assert_eq!(metric.value(), 0.0, "{name}");
    }
}

#[test]
fn one_pair_has_an_error_but_no_correlation() {
    for (name, expected) in [("mse", 4.0), ("mae", 2.0), ("rmse", 2.0), ("r2", 0.0)] {
        let mut metric = numbers_by_name(name).unwrap();
        metric.update(&[1.0], &[3.0]).unwrap();
        assert_eq!(metric.value(), expected, "{name}");
    }
    for name in ["pearson", "spearman"] {
        let mut metric = numbers_by_name(name).unwrap();
        metric.update(&[1.0], &[3.0]).unwrap();
        assert_eq!(metric.value(), 0.0, "{name}");
    }
}
