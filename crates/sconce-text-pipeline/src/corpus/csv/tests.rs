//! Quotes, line ends and rows of the wrong length in separated values.

use super::*;
use crate::corpus::{Corpus, Format, Need};

fn read(text: &str, kind: Kind, options: &ReadOptions) -> Result<Corpus> {
    let format = if kind == Kind::Csv { Format::Csv } else { Format::Tsv };
    let options = ReadOptions { format: Some(format), ..options.clone() };
    Corpus::from_reader(text.as_bytes(), "f", &options)
}

fn read_with(text: &str, kind: Kind, options: &ReadOptions) -> Result<Vec<Example>, String> {
    read(text, kind, options).map(Corpus::into_examples).map_err(|error| error.to_string())
}

fn rows(text: &str, kind: Kind) -> Vec<(String, String)> {
    let examples = read_with(text, kind, &ReadOptions::default()).unwrap();
    examples.into_iter().map(|e| (e.text, e.label.unwrap())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(text, label)| (text.to_string(), label.to_string())).collect()
}

#[test]
fn rows_are_read_whatever_their_quotes_and_line_ends() {
    type Rows<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(Kind, &str, Rows<'_>)] = &[
        (Kind::Csv, "text,label\na,x\nb,y", &[("a", "x"), ("b", "y")]),
        (Kind::Csv, "text,label\r\na,x\r\nb,y\r\n", &[("a", "x"), ("b", "y")]),
        (Kind::Csv, "text,label\n\n\na,x\n\nb,y\n\n", &[("a", "x"), ("b", "y")]),
        (Kind::Csv, "label,text\nx,\"a, \"\"b\"\"\nc\"\n", &[("a, \"b\"\nc", "x")]),
        (Kind::Csv, "text,label\na, x \n", &[("a", "x")]),
        (Kind::Csv, "text,label\n,x\n", &[("", "x")]),
        (Kind::Csv, "text,label\na,x,,\n", &[("a", "x")]),
        (Kind::Csv, "text,label\n5\" disk,x\n", &[("5\" disk", "x")]),
        (Kind::Tsv, "text\tlabel\n\"a, b\tx\n", &[("\"a, b", "x")]),
        (Kind::Tsv, "text\tlabel\r\n日本\tx\r\n", &[("日本", "x")]),
    ];
    for (kind, text, expected) in cases {
        assert_eq!(rows(text, *kind), pairs(expected), "{text:?}");
    }
}

#[test]
fn rows_of_the_wrong_length_name_file_and_line() {
    let few = "too few fields: got 1, expected 2; complete the row or remove it";
    let many = "too many fields: got 3, expected 2; quote a field that holds the delimiter";
    let cases = [
        ("text,label\na,x\nb\n", format!("f:3: {few}")),
        ("text,label\r\na,x\r\nb\r\n", format!("f:3: {few}")),
        ("text,label\n\n\n\na,x\n\nb\n", format!("f:7: {few}")),
        ("text,label\r\n\r\n\r\nb\r\n", format!("f:4: {few}")),
        ("text,label\n\"a\nb\nc\",x\nb\n", format!("f:5: {few}")),
        ("text,label\nb\n", format!("f:2: {few}")),
        ("text,label\na,b,x\n", format!("f:2: {many}")),
    ];
    for (text, expected) in cases {
        let error = read_with(text, Kind::Csv, &ReadOptions::default()).unwrap_err();
        assert_eq!(error, expected, "{text:?}");
    }
}

#[test]
fn a_quote_that_is_never_closed_is_found_at_its_row() {
    let text = "label,text\nx,fine\ny,\"open\nx,more\ny,end\n";
    let error = read_with(text, Kind::Csv, &ReadOptions::default()).unwrap_err();
    let expected = "f:3: the quote that opens at column 3 is never closed; close or double it";
    assert_eq!(error, expected);
}

#[test]
fn a_blank_label_is_an_error_unless_labels_are_optional() {
    let text = "text,label\na,x\n\"b\nc\", \n";
    let error = read_with(text, Kind::Csv, &ReadOptions::default()).unwrap_err();
    assert_eq!(error, "f:3: the label is missing; add one or remove the row");
    let optional = ReadOptions { labels: Need::Optional, ..ReadOptions::default() };
    let examples = read_with(text, Kind::Csv, &optional).unwrap();
    assert_eq!(examples[1], Example { text: "b\nc".into(), ..Example::default() });
}

#[test]
fn without_a_header_the_first_row_is_data() {
    let no_header = ReadOptions { header: false, ..ReadOptions::default() };
    let examples = read_with("1,good\n0,bad\n1,fine\n", Kind::Csv, &no_header).unwrap();
    assert_eq!(examples.len(), 3);
    assert_eq!((examples[0].text.as_str(), examples[0].label.as_deref()), ("good", Some("1")));
    let error = read_with("1,good\n0\n", Kind::Csv, &no_header).unwrap_err();
    assert!(error.starts_with("f:2: too few fields"), "{error}");
}

#[test]
fn pairs_are_read_beside_texts() {
    let text = "sentence1\tsentence2\tlabel\na\tb\tx\n";
    let examples = read_with(text, Kind::Tsv, &ReadOptions::default()).unwrap();
    assert_eq!(examples[0].pair.as_deref(), Some("b"));
}

#[test]
fn each_row_knows_its_line() {
    let text = "text,label\n\n\"a\nb\",x\n\n\nc,y\r\nd,z\n";
    let corpus = read(text, Kind::Csv, &ReadOptions::default()).unwrap();
    let places: Vec<String> = (0..3).map(|row| corpus.place(row)).collect();
    assert_eq!(places, ["f:3", "f:7", "f:8"]);
}

#[test]
fn halves_of_a_character_in_two_fields_are_no_character() {
    let bytes = b"text,label\nfine,x\ncaf\xC3,\xA9t\xE9\n";
    for kind in [Kind::Csv, Kind::Tsv] {
        let bytes: Vec<u8> = match kind {
            Kind::Csv => bytes.to_vec(),
            Kind::Tsv => bytes.iter().map(|b| if *b == b',' { b'\t' } else { *b }).collect(),
        };
        let name = if kind == Kind::Csv { "f.csv" } else { "f.tsv" };
        let read = |lossy| {
            let options = ReadOptions { lossy, ..ReadOptions::default() };
            Corpus::from_reader(bytes.as_slice(), name, &options)
        };
        let error = read(false).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}:3: not valid UTF-8 (byte 0xC3 at column 4)")));
        let corpus = read(true).unwrap();
        assert_eq!(corpus.texts(), ["fine", "caf\u{fffd}"]);
        assert_eq!(corpus.labels().unwrap()[1], "\u{fffd}t\u{fffd}");
    }
}
