//! The matrix counts and prints what it was given.

use super::ConfusionMatrix;
use crate::{Average, Error};

fn matrix(n_labels: usize, targets: &[u32], predictions: &[u32]) -> ConfusionMatrix {
    let mut matrix = ConfusionMatrix::new(n_labels);
    matrix.update(targets, predictions).unwrap();
    matrix
}

#[test]
fn batches_add_up() {
    let (targets, predictions) = ([0, 1, 2, 2, 1, 0, 2], [0, 2, 2, 1, 1, 0, 0]);
    let whole = matrix(3, &targets, &predictions);
    let mut parts = ConfusionMatrix::new(3);
    for (t, p) in targets.chunks(2).zip(predictions.chunks(2)) {
        parts.update(t, p).unwrap();
    }
    assert_eq!(parts, whole);
    let rows: Vec<&[u64]> = whole.rows().collect();
    assert_eq!(rows, [&[2, 0, 0][..], &[0, 1, 1], &[1, 1, 1]]);
    assert_eq!((whole.get(2, 1), whole.get(0, 2), whole.get(9, 0), whole.get(0, 9)), (1, 0, 0, 0));
    assert_eq!(
        (whole.support(2), whole.predicted(0), whole.support(9), whole.total()),
        (3, 3, 0, 7)
    );
    parts.reset();
    assert_eq!(parts, ConfusionMatrix::new(3));
}

#[test]
fn a_wrong_batch_changes_nothing() {
    let mut counted = matrix(2, &[0, 1], &[1, 1]);
    let before = counted.clone();
    assert!(matches!(counted.update(&[0], &[]), Err(Error::LengthsDiffer { .. })));
    let error = counted.update(&[0, 1], &[0, 2]).unwrap_err();
    let (label, position, n_labels) = (2, 1, 2);
    assert_eq!(error, Error::LabelOutOfRange { what: "prediction", label, position, n_labels });
    assert_eq!(counted, before);
}

#[test]
fn an_empty_matrix_scores_zero() {
    for empty in [ConfusionMatrix::new(0), ConfusionMatrix::new(3)] {
        assert_eq!((empty.accuracy(), empty.macro_f1(), empty.f1(0)), (0.0, 0.0, 0.0));
        assert_eq!(empty.average(Average::Weighted).recall, 0.0);
        assert_eq!(empty.present_labels().count(), 0);
        assert!(empty.to_string().starts_with("target \\ predicted"));
    }
}

#[test]
fn few_labels_print_with_their_names() {
    let counted = matrix(3, &[0, 0, 1, 2, 2, 2], &[0, 1, 1, 2, 2, 0]);
    let names = ["negative", "喜び", "a name far too long for a table"];
    let expected = "\
target \\ predicted        negative  喜び  a name fa…
negative                         1     1           0
喜び                             0     1           0
a name far too long for…         1     0           2
";
    assert_eq!(counted.render(&names).unwrap(), expected);
    let error = counted.render(&names[..2]).unwrap_err();
    assert_eq!(error, Error::NamesDiffer { names: 2, n_labels: 3 });
}

#[test]
fn many_columns_are_headed_by_numbers() {
    let labels: Vec<u32> = (0..12).collect();
    let names: Vec<String> = labels.iter().map(|label| format!("intent_{label}")).collect();
    let text = matrix(12, &labels, &labels).render(&names).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 13);
    assert_eq!(lines[0], "target \\ predicted  0  1  2  3  4  5  6  7  8  9  10  11");
    assert_eq!(lines[12], "11 intent_11        0  0  0  0  0  0  0  0  0  0   0   1");
}

#[test]
fn more_than_twenty_labels_are_cut_to_the_most_frequent_with_a_note() {
    // Label 29 occurs three times, 28 twice, the others once; 5 is taken for 25 once more.
    let mut targets: Vec<u32> = (0..30).chain([28, 29, 29]).collect();
    let mut predictions = targets.clone();
    targets.push(5);
    predictions.push(25);
    let text = matrix(30, &targets, &predictions).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 22);
    let shown: Vec<&str> = lines[0].split_whitespace().skip(3).collect();
    let expected: Vec<String> =
        (0..18).chain([28, 29]).map(|label: u32| label.to_string()).collect();
    assert_eq!(shown, expected);
    // Labels 18 to 27 and the prediction 25 are outside: eleven examples.
    assert_eq!(
        lines[21],
        "20 of 30 labels shown, those with the most targets; \
         11 of 34 examples are not in this table"
    );
}

#[test]
fn json_is_a_list_of_rows() {
    let counted = matrix(2, &[0, 0, 1], &[0, 1, 1]);
    assert_eq!(serde_json::to_string(&counted).unwrap(), "[[1,1],[0,1]]");
}
