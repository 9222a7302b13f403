//! The report shows what occurs, in a straight table and in JSON.

use super::ClassificationReport;
use crate::{ConfusionMatrix, Error};

fn report() -> ClassificationReport {
    let mut matrix = ConfusionMatrix::new(4);
    matrix.update(&[0, 0, 1, 1, 3], &[0, 1, 1, 1, 0]).unwrap();
    ClassificationReport::new(&matrix, &["bad", "good", "unused", "喜び"]).unwrap()
}

#[test]
fn the_table_is_aligned() {
    let expected = "                  precision  recall      f1  support
bad                  0.5000  0.5000  0.5000        2
good                 0.6667  1.0000  0.8000        2
喜び                 0.0000  0.0000  0.0000        1

accuracy                             0.6000        5
macro average        0.3889  0.5000  0.4333        5
weighted average     0.4667  0.6000  0.5200        5
";
    assert_eq!(report().to_string(), expected);
}

#[test]
fn json_has_a_flat_object_for_each_label_that_occurs() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["labels"].as_array().unwrap().len(), 3);
    assert_eq!(
        json["labels"][0],
        serde_json::json!(
            {"label": 0, "name": "bad", "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
        )
    );
    assert_eq!((&json["accuracy"], &json["support"]), (&0.6.into(), &5.into()));
    assert_eq!(json["weighted_average"]["recall"], 0.6);
}

#[test]
fn every_label_needs_a_name() {
    let error = ClassificationReport::new(&ConfusionMatrix::new(3), &["a"]).unwrap_err();
    assert_eq!(error, Error::NamesDiffer { names: 1, n_labels: 3 });
    assert_eq!(error.to_string(), "1 names for 3 labels; give one name for each label");
}
