//! Plain lines and fastText's labelled ones.

use super::*;

fn file(text: &str) -> TextFile {
    TextFile { name: "f".into(), text: text.into() }
}

fn optional() -> ReadOptions {
    ReadOptions { labels: Need::Optional, ..ReadOptions::default() }
}

#[test]
fn plain_lines_are_texts_without_labels() {
    let examples = read(&file("one\r\n\n  two  \n\nthree"), &optional()).unwrap().examples;
    let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(examples.iter().all(|e| e.label.is_none() && e.pair.is_none()));
}

#[test]
fn labelled_lines_are_recognized_by_the_first_one() {
    let text = "__label__pos  a fine film\n\n__label__neg\tdull __label__ words\n__label__x\n";
    let examples = read(&file(text), &ReadOptions::default()).unwrap().examples;
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
        let error = read(&file(text), &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(read(&file("__label__a x\nplain\n"), &optional()).unwrap().examples[1].label, None);
}

#[test]
fn blank_lines_part_paragraphs_whose_lines_stay_lines() {
    let text = "\n one\r\ntwo\r\n\r\n \t\nthree \n";
    let rows = paragraphs(&file(text));
    let texts: Vec<&str> = rows.examples.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, [" one\ntwo", "three "]);
    assert_eq!(rows.lines, [2, 6]);
    assert!(paragraphs(&file(" \n\n")).examples.is_empty());
}

#[test]
fn a_document_is_one_text_with_line_ends_as_on_unix() {
    let rows = document(&file("\n one\r\ntwo\r\n\r\n"));
    assert_eq!(rows.examples, [plain("\n one\ntwo\n\n")]);
    assert!(document(&file(" \r\n")).examples.is_empty());
}
