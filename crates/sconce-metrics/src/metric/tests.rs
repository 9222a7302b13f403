//! Names and metrics agree, and a wrong name gets the nearest right one.

use super::{by_name, known_names};
use crate::{Error, MetricKind};

#[test]
fn every_name_makes_the_metric_of_that_name() {
    for name in known_names() {
        let mut metric = by_name(name, 3).unwrap();
        assert_eq!(metric.name(), name);
        assert_eq!(metric.value(), 0.0, "{name} before anything");
        metric.update(&[0, 1, 2, 2], &[0, 1, 2, 2]).unwrap();
        assert!((metric.value() - 1.0).abs() < 1e-15, "{name} of right predictions");
        metric.update(&[1], &[0]).unwrap();
        assert!(metric.value() < 1.0, "{name} after a wrong prediction");
        metric.reset();
        assert_eq!(metric.value(), 0.0, "{name} after a reset");
    }
}

#[test]
fn a_wrong_name_gets_the_nearest() {
    let cases = [
        ("acuracy", "accuracy"),
        ("acc", "accuracy"),
        ("f1", "macro_f1"),
        ("F1-macro", "macro_f1"),
        ("f1_weighted", "weighted_f1"),
        ("micro_precison", "micro_precision"),
        ("recall_micro", "micro_recall"),
        ("f1_binary", "binary_f1"),
        ("MCC", "mcc"),
        ("matthews", "mcc"),
        ("matthews_corrcoef", "mcc"),
    ];
    for (wrong, right) in cases {
        match by_name(wrong, 2) {
            Err(Error::UnknownMetric { name, kind, nearest, known }) => {
                assert_eq!((name.as_str(), nearest), (wrong, right));
                assert_eq!(kind, MetricKind::Labels);
                assert_eq!(known.len(), known_names().count());
            }
            other => panic!("{wrong}: {other:?}"),
        }
    }
    let message = by_name("acuracy", 2).unwrap_err().to_string();
    let expected = "no metric `acuracy` of labels; did you mean `accuracy`? All: accuracy, ";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_batch_with_a_mistake_is_not_counted_at_all() {
    for name in known_names() {
        let mut metric = by_name(name, 3).unwrap();
        metric.update(&[1, 0], &[1, 2]).unwrap();
        let before = metric.value();
        let lengths = metric.update(&[1, 1], &[1]).unwrap_err();
        assert_eq!(lengths, Error::LengthsDiffer { targets: 2, predictions: 1 });
        // These need no number of labels; the others know theirs.
        if !["accuracy", "token_accuracy", "binary_f1"].contains(&name) {
            let target = metric.update(&[1, 3], &[1, 1]).unwrap_err();
            let (label, position, n_labels) = (3, 1, 3);
            let expected = Error::LabelOutOfRange { what: "target", label, position, n_labels };
            assert_eq!(target, expected);
            let prediction = metric.update(&[1, 1], &[1, 9]).unwrap_err();
            assert!(prediction.to_string().contains("prediction 9 at position 1"), "{prediction}");
            assert!(prediction.to_string().contains("there are 3 labels"), "{prediction}");
        }
        assert_eq!(metric.value(), before, "{name}");
    }
}
