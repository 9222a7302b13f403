//! Sequences count whole or not at all; the report is a straight table.

use super::SpanF1;
use crate::{Average, Error, IGNORE, Scheme};

#[test]
fn a_sequence_with_a_mistake_is_not_counted() {
    let mut counted = SpanF1::strict(Scheme::Iob2);
    counted.update(&["B-A", "I-A"], &["B-A", "O"]).unwrap();
    let before = counted.clone();
    let error = counted.update(&["B-A"], &["B-A", "O"]).unwrap_err();
    assert_eq!(error, Error::LengthsDiffer { targets: 1, predictions: 2 });
    for (targets, predictions) in [(["B-A", "S-A"], ["O", "O"]), (["B-A", "O"], ["B-A", ""])] {
        assert!(counted.update(&targets, &predictions).is_err());
    }
    let names = ["O", "B-A"];
    let error = counted.update_ids(&names, &[1, 0], &[1, 2]).unwrap_err();
    let (label, position, n_labels) = (2, 1, 2);
    assert_eq!(error, Error::LabelOutOfRange { what: "prediction", label, position, n_labels });
    assert!(counted.update_ids(&names, &[1, 2], &[1, 0]).is_err());
    assert!(counted.update_ids(&names, &[1], &[1, 0]).is_err());
    assert_eq!(counted, before);
    counted.reset();
    assert_eq!(counted, SpanF1::strict(Scheme::Iob2));
}

#[test]
fn ignored_tokens_are_as_if_they_were_not_there() {
    let names = ["O", "B-A", "I-A"];
    // A word in two pieces inside a span: the second piece is not scored.
    let (targets, predictions) = ([IGNORE, 1, IGNORE, 2, 0, IGNORE], [0, 1, 0, 2, 0, 99]);
    let mut ids = SpanF1::new();
    ids.update_ids(&names, &targets, &predictions).unwrap();
    let mut tags = SpanF1::new();
    tags.update(&["B-A", "I-A", "O"], &["B-A", "I-A", "O"]).unwrap();
    assert_eq!(ids, tags);
    assert_eq!((ids.value(), ids.token_accuracy()), (1.0, 1.0));
}

#[test]
fn a_span_is_right_only_if_kind_and_both_ends_are() {
    let targets = ["B-A", "I-A", "I-A", "O", "B-B"];
    let cases = [
        (["B-A", "I-A", "I-A", "O", "B-B"], 2),
        (["B-A", "I-A", "O", "O", "B-B"], 1),
        (["O", "B-A", "I-A", "O", "B-B"], 1),
        (["B-B", "I-B", "I-B", "O", "B-A"], 0),
    ];
    for (predictions, right) in cases {
        let mut counted = SpanF1::new();
        counted.update(&targets, &predictions).unwrap();
        assert_eq!(counted.average(Average::Micro).recall, f64::from(right) / 2.0);
    }
}

#[test]
fn the_report_is_aligned() {
    let mut counted = SpanF1::new();
    counted.update(&["B-PER", "I-PER", "O", "B-LOC"], &["B-PER", "I-PER", "O", "O"]).unwrap();
    counted.update(&["B-PER", "O", "O"], &["O", "O", "B-ORG"]).unwrap();
    let expected = "                  precision  recall      f1  support
LOC                  0.0000  0.0000  0.0000        1
ORG                  0.0000  0.0000  0.0000        0
PER                  1.0000  0.5000  0.6667        2

micro average        0.5000  0.3333  0.4000        3
macro average        0.3333  0.1667  0.2222        3
weighted average     0.6667  0.3333  0.4444        3
token accuracy                       0.5714
";
    let report = counted.report();
    assert_eq!(report.to_string(), expected);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["kinds"][2]["kind"], "PER");
    assert_eq!(json["kinds"][2]["recall"], 0.5);
    assert_eq!((counted.support("PER"), counted.support("nowhere")), (2, 0));
    assert_eq!(counted.kinds().collect::<Vec<_>>(), ["LOC", "ORG", "PER"]);
}
