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
        assert!(columns.negatives.is_empty());
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

#[test]
fn pairs_scores_and_negatives_are_found_by_the_names_that_data_sets_use() {
    use LabelKind::{Class, Number};
    type Found<'a> = (usize, Option<usize>, &'a [usize], Option<usize>);
    let cases: &[(&str, LabelKind, Found<'_>)] = &[
        ("Quality,#1 ID,#2 ID,#1 String,#2 String", Class, (3, Some(4), &[], Some(0))),
        ("index,sentence1,sentence2,label", Class, (1, Some(2), &[], Some(3))),
        ("index,question,sentence,label", Class, (1, Some(2), &[], Some(3))),
        ("id,question1,question2,is_duplicate", Class, (1, Some(2), &[], Some(3))),
        ("index,premise,hypothesis,label", Class, (1, Some(2), &[], Some(3))),
        (
            "pair_ID,sentence_A,sentence_B,relatedness_score,entailment_judgment",
            Number,
            (1, Some(2), &[], Some(3)),
        ),
        (
            "pair_ID,sentence_A,sentence_B,relatedness_score,entailment_judgment",
            Class,
            (1, Some(2), &[], Some(4)),
        ),
        ("genre,year,score,sentence1,sentence2", Number, (3, Some(4), &[], Some(2))),
        ("a,b,score", Number, (0, Some(1), &[], Some(2))),
        ("anchor,positive,negative,label", Class, (0, Some(1), &[2], Some(3))),
        ("negative_2,anchor,positive,negative_1,y", Class, (1, Some(2), &[0, 3], Some(4))),
    ];
    for (header, kind, expected) in cases {
        let names: Vec<&str> = header.split(',').collect();
        let options = ReadOptions { kind: *kind, pairs: Need::Required, ..ReadOptions::default() };
        let found = Columns::from_names("f.csv", &names, &options).unwrap();
        let got = (found.text, found.pair, found.negatives.as_slice(), found.label);
        assert_eq!(got, *expected, "{header} {kind:?}");
    }
}

#[test]
fn of_three_unnamed_columns_the_score_is_the_one_with_numbers() {
    let rows = |rows: &[[&str; 3]]| -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    let pairs = ReadOptions { pairs: Need::Required, ..ReadOptions::default() };
    let scores = ReadOptions { kind: LabelKind::Number, ..pairs.clone() };
    let cases = [
        (rows(&[["a b", "a c", "4.5"], ["1", "d e", "0.25"]]), &scores, (0, Some(1), Some(2))),
        (rows(&[["4.5", "a", "a"], ["2", "b", "b"]]), &scores, (1, Some(2), Some(0))),
        (rows(&[["a", "b", "x"], ["c", "d", "x"]]), &pairs, (0, Some(1), Some(2))),
    ];
    for (rows, options, expected) in cases {
        let (found, _) = Columns::from_numbers("f.csv", &rows, 3, options).unwrap();
        assert_eq!((found.text, found.pair, found.label), expected, "{rows:?}");
    }
    let words = rows(&[["a", "b", "c"]]);
    let error = Columns::from_numbers("f.csv", &words, 3, &scores).unwrap_err().to_string();
    assert!(error.contains("which column holds the text"), "{error}");
}

#[test]
fn a_pair_that_is_needed_and_cannot_be_told_is_an_error() {
    let options = ReadOptions { pairs: Need::Required, ..ReadOptions::default() };
    let error = Columns::from_names("f.csv", &["text", "a", "b", "label"], &options);
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("f.csv: cannot tell which column holds the pair"), "{error}");
    let chosen = ReadOptions {
        pair_column: Some("positive".into()),
        negative_columns: vec!["anchor".into()],
        ..options
    };
    let error = Columns::from_names("f.csv", &["anchor", "positive", "label"], &chosen);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("cannot be both the text and the negative"), "{error}");
}
