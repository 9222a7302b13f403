//! Plain lines and fastText's labelled ones.

use super::*;

fn optional() -> ReadOptions {
    ReadOptions { labels: Need::Optional, ..ReadOptions::default() }
}

#[test]
fn plain_lines_are_texts_without_labels() {
    let examples = read("one\r\n\n  two  \n\nthree", "f", &optional()).unwrap();
    let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(examples.iter().all(|e| e.label.is_none() && e.pair.is_none()));
}

#[test]
fn labelled_lines_are_recognized_by_the_first_one() {
    let text = "__label__pos  a fine film\n\n__label__neg\tdull __label__ words\n__label__x\n";
    let examples = read(text, "f", &ReadOptions::default()).unwrap();
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
        let error = read(text, "f", &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(read("__label__a x\nplain\n", "f", &optional()).unwrap()[1].label, None);
}
