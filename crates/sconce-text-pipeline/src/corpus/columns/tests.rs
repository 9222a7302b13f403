//! Which column is the text and which the label: guessed, named, numbered, missing.

use super::*;

fn options(text: &str, pair: &str, label: &str, labels: Need) -> ReadOptions {
    let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    ReadOptions {
        text_column: some(text),
        pair_column: some(pair),
        label_column: some(label),
        labels,
        ..ReadOptions::default()
    }
}

#[test]
fn plain_names_are_guessed_and_given_ones_win() {
    use Need::{Optional, Required};
    type Found = (usize, Option<usize>, Option<usize>);
    let cases: &[(&[&str], ReadOptions, Found)] = &[
        (&["text", "label"], options("", "", "", Required), (0, None, Some(1))),
        (&["Label", " TEXT "], options("", "", "", Required), (1, None, Some(0))),
        (&["id", "sentiment", "review"], options("", "", "", Required), (2, None, Some(1))),
        (&["content", "text", "y"], options("", "", "", Required), (1, None, Some(2))),
        (&["content", "text", "y"], options("content", "", "", Required), (0, None, Some(2))),
        (&["label", "text"], options("label", "", "text", Required), (0, None, Some(1))),
        (
            &["sentence1", "sentence2", "label"],
            options("", "", "", Required),
            (0, Some(1), Some(2)),
        ),
        (&["premise", "hypothesis"], options("", "", "", Optional), (0, Some(1), None)),
        (&["a", "b", "label"], options("b", "a", "", Required), (1, Some(0), Some(2))),
        // One of two is known: the other is the rest.
        (&["utterance", "label"], options("", "", "", Required), (0, None, Some(1))),
        (&["text", "stars"], options("", "", "", Required), (0, None, Some(1))),
        (&["text", "id"], options("", "", "", Optional), (0, None, None)),
        (&["anything"], options("", "", "", Optional), (0, None, None)),
        (&["id", "text", "x"], options("", "", "", Optional), (1, None, None)),
    ];
    for (names, options, expected) in cases {
        let columns = Columns::from_names("f.csv", names, options).unwrap();
        let got = (columns.text, columns.pair, columns.label);
        assert_eq!(got, *expected, "{names:?} {options:?}");
    }
}

#[test]
fn what_cannot_be_told_is_an_error_that_lists_the_columns() {
    use Need::Required;
    let cases: &[(&[&str], ReadOptions, &str)] = &[
        (
            &["a", "b", "label"],
            options("", "", "", Required),
            "f.csv: cannot tell which column holds the text; name it with --text-column, or pass \
             --no-header if the first line is data; the columns are \"a\", \"b\", \"label\"",
        ),
        (
            &["text", "b", "c"],
            options("", "", "", Required),
            "f.csv: cannot tell which column holds the label; name it with --label-column, or \
             pass --no-header if the first line is data; the columns are \"text\", \"b\", \"c\"",
        ),
        (
            &["text", "label"],
            options("txt", "", "", Required),
            "f.csv: no column \"txt\" (did you mean \"text\"?); the columns are \"text\", \"label\"",
        ),
        (&["text", "label"], options("", "", "text", Required), ""),
        (
            &["text", "label", "x"],
            options("text", "", "text", Required),
            "f.csv: column \"text\" cannot be both the text and the label; choose two",
        ),
        (
            &["text", "label", "x"],
            options("text", "x", "x", Required),
            "f.csv: column \"x\" cannot be both the pair and the label; choose two",
        ),
    ];
    for (names, options, expected) in cases {
        match Columns::from_names("f.csv", names, options) {
            Err(error) => assert_eq!(error.to_string(), *expected),
            // The label was given, so the other of two columns is the text.
            Ok(columns) => assert_eq!((columns.text, expected.len()), (1, 0)),
        }
    }
}

#[test]
fn of_two_unnamed_columns_the_label_is_the_one_with_fewer_values() {
    let rows = |rows: &[[&str; 2]]| -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    let none = options("", "", "", Need::Required);
    let cases = [
        (rows(&[["1", "good"], ["0", "bad"], ["1", "fine"]]), 0),
        (rows(&[["good", "1"], ["bad", "0"], ["fine", "1"]]), 1),
        (rows(&[["pos", "a long text"]]), 0),
        (rows(&[["a long text", "pos"]]), 1),
        (rows(&[["same", "same"]]), 1),
    ];
    for (rows, label) in cases {
        let (columns, _) = Columns::from_numbers("f.csv", &rows, 2, &none).unwrap();
        assert_eq!((columns.label, columns.text), (Some(label), 1 - label), "{rows:?}");
    }
}

#[test]
fn without_a_header_columns_are_numbers_from_one() {
    let (columns, names) =
        Columns::from_numbers("f.csv", &[], 3, &options("3", "", "1", Need::Required)).unwrap();
    assert_eq!((columns.text, columns.label), (2, Some(0)));
    assert_eq!((names.text.as_str(), names.label.as_deref()), ("3", Some("1")));
    let no_header = ReadOptions { header: false, ..options("", "", "", Need::Required) };
    for (options, expected) in [
        (ReadOptions { text_column: Some("4".into()), ..no_header.clone() }, "no column \"4\";"),
        (ReadOptions { text_column: Some("0".into()), ..no_header.clone() }, "no column \"0\";"),
        (no_header, "cannot tell which column holds the text; name it with --text-column (a num"),
    ] {
        let error = Columns::from_numbers("f.csv", &[], 3, &options).unwrap_err().to_string();
        assert!(error.starts_with(&format!("f.csv: {expected}")), "{error}");
    }
}

#[test]
fn a_name_that_two_columns_have_is_refused_only_where_it_is_read() {
    let options = ReadOptions::default();
    let error = Columns::from_names("f.csv", &["text", "label", "label"], &options);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("two columns are named \"label\""), "{error}");
    let columns = Columns::from_names("f.csv", &["id", "id", "text", "label"], &options).unwrap();
    assert_eq!((columns.text, columns.label), (2, Some(3)));
}
