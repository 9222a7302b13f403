//! Messages that stay on one line and offer the nearest name.

use super::*;

#[test]
fn messages_stay_on_one_line() {
    let names: Vec<String> = (0..50).map(|i| format!("line\nbreak {i}")).collect();
    let error = Error::UnknownColumn {
        path: "a.csv".into(),
        column: "x\ny".into(),
        columns: names,
        nearest: None,
    };
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    assert!(text.ends_with("and 30 more"), "{text}");
}

#[test]
fn messages_quote_the_beginning_of_what_is_long() {
    let long = "é\u{2028}\r".repeat(1_000_000);
    let (path, line) = ("a.csv".to_owned(), 3);
    for error in [
        Error::NotANumber { place: "a.csv:3".into(), label: long.clone() },
        Error::MalformedJson { path: path.clone(), line, reason: long.clone() },
        Error::SeveralLabels { path, line, labels: vec![long.clone(); 30] },
        Error::UnknownLabel {
            label: long.clone(),
            nearest: nearest(&long, [long.as_str()]),
            known: vec!["pos".into()],
        },
    ] {
        let text = error.to_string();
        assert!(text.len() < 10_000 && !text.contains('\r'), "{} bytes: {text:.200}", text.len());
    }
}

#[test]
fn the_nearest_name_is_offered_only_when_it_is_near() {
    let known = ["text", "label", "Sentence", "epochs", "batch-size", "filter-widths"];
    for (name, expected) in [
        ("epoch", Some("epochs")),
        ("batchsize", Some("batch-size")),
        ("filter-with", Some("filter-widths")),
        ("epcohs", Some("epochs")),
        ("txet", Some("text")),
        ("labels", Some("label")),
        ("sentense", Some("Sentence")),
        ("zzz", None),
    ] {
        assert_eq!(nearest(name, known).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_missing_file_is_told_from_an_unreadable_one() {
    let missing = Error::io("a.csv", io::Error::from(io::ErrorKind::NotFound));
    assert_eq!(missing.to_string(), "a.csv: no such file; check the path");
    let denied = Error::io("a.csv", io::Error::from(io::ErrorKind::PermissionDenied));
    assert!(matches!(denied, Error::Io { .. }));
}
