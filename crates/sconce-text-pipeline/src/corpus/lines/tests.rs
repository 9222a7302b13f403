//! Plain lines and fastText's labelled ones.

use super::*;
use crate::corpus::{Corpus, Format};

fn read(text: &str, options: &ReadOptions) -> Result<Corpus> {
    read_as(text, Format::Lines, options)
}

fn read_as(text: &str, format: Format, options: &ReadOptions) -> Result<Corpus> {
    let options = ReadOptions { format: Some(format), ..options.clone() };
    Corpus::from_reader(text.as_bytes(), "f", &options)
}

fn optional() -> ReadOptions {
    ReadOptions { labels: Need::Optional, ..ReadOptions::default() }
}

#[test]
fn plain_lines_are_texts_without_labels() {
    let examples = read("one\r\n\n  two  \n\nthree", &optional()).unwrap().into_examples();
    let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(examples.iter().all(|e| e.label.is_none() && e.pair.is_none()));
}

#[test]
fn labelled_lines_are_recognized_by_the_first_one() {
    let text = "__label__pos  a fine film\n\n__label__neg\tdull __label__ words\n__label__x\n";
    let examples = read(text, &ReadOptions::default()).unwrap().into_examples();
    let got: Vec<(&str, &str)> =
        examples.iter().map(|e| (e.label.as_deref().unwrap(), e.text.as_str())).collect();
    assert_eq!(got, [("pos", "a fine film"), ("neg", "dull __label__ words"), ("x", "")]);
}

#[test]
fn lines_without_one_label_are_named() {
    let cases = [
        ("plain\n", "f: plain lines have no labels"),
        ("__label__a x\nplain\n", "f:2: the label is missing"),
        ("__label__a x\n\n__label__ y\n", "f:3: the label is missing"),
        ("__label__a __label__b x\n", "f:1: 2 labels (\"a\", \"b\"); one is needed"),
    ];
    for (text, expected) in cases {
        let error = read(text, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(read("__label__a x\nplain\n", &optional()).unwrap().examples()[1].label, None);
}

#[test]
fn blank_lines_part_paragraphs_whose_lines_stay_lines() {
    let text = "\n one\r\ntwo\r\n\r\n \t\nthree \n";
    let corpus = read_as(text, Format::Paragraphs, &optional()).unwrap();
    assert_eq!(corpus.texts(), [" one\ntwo", "three "]);
    assert_eq!([corpus.place(0), corpus.place(1)], ["f:2", "f:6"]);
    assert!(matches!(read_as(" \n\n", Format::Paragraphs, &optional()), Err(Error::NoRows { .. })));
}

#[test]
fn a_document_is_one_text_with_line_ends_as_on_unix() {
    let read = |text: &str| read_as(text, Format::Document, &optional());
    assert_eq!(read("\n one\r\ntwo\r\n\r\n").unwrap().examples(), [plain("\n one\ntwo\n\n")]);
    assert!(matches!(read(" \r\n"), Err(Error::NoRows { .. })));
}

#[test]
fn a_paragraph_over_the_limit_is_named_by_its_first_line() {
    let options = ReadOptions { max_record_bytes: 1 << 16, ..optional() };
    let text = format!("fine\n\n{}", "more words\n".repeat(400_000));
    let error = read_as(&text, Format::Paragraphs, &options).unwrap_err().to_string();
    assert!(error.starts_with("f:3: what begins here is longer than 65536 bytes"), "{error}");
}
