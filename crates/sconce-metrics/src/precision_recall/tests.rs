//! The set of labels decides what is averaged.

use super::{F1, Precision, Recall};
use crate::{Average, Error, Metric};

#[test]
fn a_label_that_occurs_nowhere_does_not_lower_the_average() {
    let mut present = F1::new(10, Average::Macro);
    let mut fixed = F1::new(10, Average::Macro).with_labels(&[0, 1, 9, 9]).unwrap();
    for metric in [&mut present, &mut fixed] {
        metric.update(&[0, 1], &[0, 1]).unwrap();
    }
    assert_eq!(present.value(), 1.0);
    assert_eq!(fixed.value(), 2.0 / 3.0);
}

#[test]
fn one_fixed_label_is_the_binary_case() {
    let (targets, predictions) = ([1, 1, 1, 0, 0], [1, 0, 0, 1, 0]);
    let mut precision = Precision::new(2, Average::Macro).with_labels(&[1]).unwrap();
    let mut recall = Recall::new(2, Average::Micro).with_labels(&[1]).unwrap();
    precision.update(&targets, &predictions).unwrap();
    recall.update(&targets, &predictions).unwrap();
    assert_eq!((precision.value(), recall.value()), (0.5, 1.0 / 3.0));
}

#[test]
fn a_fixed_label_must_be_in_range() {
    let error = F1::new(3, Average::Macro).with_labels(&[0, 3]).unwrap_err();
    let (label, position, n_labels) = (3, 1, 3);
    assert_eq!(error, Error::LabelOutOfRange { what: "label", label, position, n_labels });
}
