//! Rows are whole, and what is not there is 0.

use super::{MultiLabel, multi_label_by_name};
use crate::{Average, Error};

#[test]
fn a_batch_that_is_not_whole_rows_is_not_counted() {
    let mut counted = MultiLabel::new(2);
    counted.update(&[true, false], &[true, true]).unwrap();
    let before = counted.clone();
    let error = counted.update(&[true; 3], &[true; 3]).unwrap_err();
    assert_eq!(error, Error::NotRows { what: "values", values: 3, rows: 1, n_labels: 2 });
    assert_eq!(error.to_string(), "3 values for 1 examples of 2 labels; give 2 for each example");
    let error = counted.update(&[true; 4], &[true; 2]).unwrap_err();
    assert_eq!(error, Error::LengthsDiffer { targets: 4, predictions: 2 });
    assert!(MultiLabel::new(0).update(&[true], &[true]).is_err());
    assert!(MultiLabel::new(0).update(&[], &[]).is_ok());
    assert_eq!(counted, before);
}

#[test]
fn an_example_without_labels_is_right_only_as_a_whole() {
    let mut counted = MultiLabel::new(2);
    counted.update(&[false; 4], &[false; 4]).unwrap();
    assert_eq!((counted.subset_accuracy(), counted.hamming_loss()), (1.0, 0.0));
    assert_eq!((counted.samples().f1, counted.average(Average::Micro).f1), (0.0, 0.0));
    assert_eq!((counted.label(7).f1, counted.support(7), counted.n_examples()), (0.0, 0, 2));
    counted.reset();
    assert_eq!(counted, MultiLabel::new(2));
}

#[test]
fn a_metric_by_name_forgets() {
    let mut metric = multi_label_by_name("samples_f1", 2).unwrap();
    metric.update(&[true, true], &[true, false]).unwrap();
    assert_eq!(metric.value(), 2.0 / 3.0);
    metric.reset();
    assert_eq!(metric.value(), 0.0);
}
