//! Tests of dividing data.

use sconce_text_pipeline::Example;

use super::*;

fn source(labels: &[&str]) -> Source {
    let example = |(row, label): (usize, &&str)| Example {
        text: format!("text {row}"),
        label: Some((*label).to_owned()),
        ..Example::default()
    };
    let examples: Vec<Example> = labels.iter().enumerate().map(example).collect();
    Source { name: "rows.csv".into(), corpus: Corpus::from(examples) }
}

#[test]
fn a_share_of_the_training_set_becomes_the_validation_set() {
    let rows = source(&["a", "b"].repeat(20));
    let data = DataSets::new(rows, None, None, 0.1, 1).unwrap();
    assert_eq!((data.train.len(), data.valid.as_ref().map(Source::len)), (36, Some(4)));
    let valid = data.valid.unwrap();
    assert_eq!(valid.name, "10% of rows.csv");
    assert_eq!(valid.labels().unwrap().iter().filter(|label| **label == "a").count(), 2);
}

#[test]
fn no_share_and_a_share_of_no_row_leave_the_training_set_whole() {
    for ratio in [0., 0.01] {
        let data = DataSets::new(source(&["a", "b", "a"]), None, None, ratio, 1).unwrap();
        assert_eq!((data.train.len(), data.valid.is_none()), (3, true), "{ratio}");
    }
}

#[test]
fn a_given_validation_set_is_taken_as_it_is() {
    let valid = Some(source(&["a"]));
    let data = DataSets::new(source(&["a", "b"]), valid, None, 0.5, 1).unwrap();
    assert_eq!((data.train.len(), data.valid.unwrap().len()), (2, 1));
}

#[test]
fn unseen_labels_and_single_labels_name_the_file() {
    let test = Some(source(&["c"]));
    let error = DataSets::new(source(&["a", "b"]), None, test, 0., 1).unwrap_err();
    assert!(format!("{error:#}").starts_with("rows.csv: row 0: unknown label \"c\""), "{error:#}");
    let error = DataSets::new(source(&["a", "a"]), None, None, 0., 1).unwrap_err();
    assert!(format!("{error:#}").starts_with("rows.csv: every row has the label"), "{error:#}");
}
