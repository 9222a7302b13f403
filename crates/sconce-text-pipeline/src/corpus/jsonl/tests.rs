//! Objects a line: order of keys, pairs, missing labels, bad lines.

use super::*;
use crate::corpus::{Corpus, Format, Need};

fn read(text: &str, options: &ReadOptions) -> Result<Corpus> {
    let options = ReadOptions { format: Some(Format::Jsonl), ..options.clone() };
    Corpus::from_reader(text.as_bytes(), "f", &options)
}

#[test]
fn objects_are_read_whatever_the_order_of_their_keys() {
    let text = "{\"id\":1,\"text\":\"a\\nb\",\"label\":\"x\"}\r\n\n{\"label\":2,\"text\":\"\"}\n\
                {\"text\":\"日\",\"label\":true}";
    let examples = read(text, &ReadOptions::default()).unwrap().into_examples();
    let got: Vec<(&str, &str)> =
        examples.iter().map(|e| (e.text.as_str(), e.label.as_deref().unwrap())).collect();
    assert_eq!(got, [("a\nb", "x"), ("", "2"), ("日", "true")]);
}

#[test]
fn pairs_and_missing_labels_are_read_where_they_are_optional() {
    let options = ReadOptions { labels: Need::Optional, ..ReadOptions::default() };
    let text = "{\"premise\":\"a\",\"hypothesis\":\"b\",\"label\":null}";
    let examples = read(text, &options).unwrap().into_examples();
    let expected = Example { text: "a".into(), pair: Some("b".into()), ..Example::default() };
    assert_eq!(examples, [expected]);
}

#[test]
fn bad_lines_are_named_and_the_first_one_wins() {
    let good = "{\"text\":\"a\",\"label\":\"x\"}\n".repeat(400);
    let cases = [
        ("{\"text\":\"a\",", "f:402: not a JSON object: EOF while parsing"),
        ("[1]", "f:402: not a JSON object: invalid type: sequence"),
        ("{\"label\":\"x\"}", "f:402: no key \"text\"; the keys are \"label\""),
        ("{\"text\":1,\"label\":\"x\"}", "f:402: \"text\" holds a number; a string is needed"),
        ("{\"text\":\"a\"}", "f:402: the label is missing"),
        ("{\"text\":\"a\",\"label\":\" \"}", "f:402: the label is missing"),
        ("{\"text\":\"a\",\"label\":[1]}", "f:402: \"label\" holds a list; a string or a number"),
    ];
    for (bad, expected) in cases {
        let text = format!("{good}\n{bad}\n{good}oops\n");
        let error = read(&text, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_key_that_was_asked_for_must_be_in_the_first_object() {
    let options = ReadOptions { text_column: Some("body".into()), ..ReadOptions::default() };
    let error = read("{\"text\":\"a\",\"label\":1}", &options).unwrap_err().to_string();
    assert_eq!(error, "f: no column \"body\"; the columns are \"text\", \"label\"");
}
