//! The reader gives what a corpus holds, row by row, and stops at the first error.

use std::io::Cursor;

use super::*;
use crate::corpus::{Corpus, Need};

fn open(text: &str, name: &str, options: &ReadOptions) -> Result<ExampleReader> {
    ExampleReader::from_reader(Cursor::new(text.as_bytes().to_vec()), name, options)
}

fn optional() -> ReadOptions {
    ReadOptions { labels: Need::Optional, ..ReadOptions::default() }
}

#[test]
fn rows_come_as_a_corpus_has_them_with_their_lines() {
    let rows = 3000;
    let csv: String = (0..rows).map(|row| format!("\"text\n{row}\",{}\n", row % 3)).collect();
    let json: String =
        (0..rows).map(|row| format!("{{\"label\":{row},\"text\":\"é {row}\"}}\n")).collect();
    let lines: String = (0..rows).map(|row| format!("__label__{row} text\n\n")).collect();
    let header = "text,label\n";
    for (name, text) in [("f.csv", format!("{header}{csv}")), ("f.jsonl", json), ("f.txt", lines)] {
        let corpus = Corpus::from_reader(text.as_bytes(), name, &ReadOptions::default()).unwrap();
        let mut reader = open(&text, name, &ReadOptions::default()).unwrap();
        assert_eq!(reader.columns(), corpus.columns());
        for row in 0..rows {
            let example = reader.next().unwrap().unwrap();
            assert_eq!(example, corpus.examples()[row], "{name}");
            assert_eq!(reader.place(), corpus.place(row), "{name}");
            assert_eq!(reader.n_read(), row + 1);
        }
        assert!(reader.next().is_none());
        let mut reader = open(&text, name, &ReadOptions::default()).unwrap();
        assert!(reader.next().is_some());
        let mut rest = Vec::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            assert!(!batch.is_empty());
            rest.extend(batch);
        }
        assert_eq!(rest, corpus.examples()[1..], "{name}");
    }
}

#[test]
fn rows_before_an_error_are_given_and_none_after_it() {
    let cases = [
        ("f.csv", "text,label\na,x\nb,y\nc\nd,z\n", "f.csv:4: too few fields"),
        ("f.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":1}\n{\n", "f.jsonl:3"),
        ("f.txt", "__label__x a\n__label__y b\n\nc\n", "f.txt:4: the label is missing"),
    ];
    for (name, text, expected) in cases {
        let mut reader = open(text, name, &ReadOptions::default()).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().text, "a");
        assert_eq!(reader.next().unwrap().unwrap().text, "b");
        let error = reader.next().unwrap().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(reader.next().is_none());
    }
}

#[test]
fn a_quote_that_swallows_the_file_is_found_at_the_limit() {
    let options = ReadOptions { max_record_bytes: 1 << 16, ..optional() };
    let rest = "more text, and more\n".repeat(1 << 18);
    let text = format!("text,label\nfine,x\nå \"quoted\" one,x\n  ,\"open\n{rest}");
    let error = open(&text, "f.csv", &options).unwrap().find_map(Result::err).unwrap().to_string();
    assert!(error.starts_with("f.csv:4: the quote that opens at column 4 is never"), "{error}");
    let long = format!("text,label\n{},x\n", "y".repeat(1 << 20));
    let error = open(&long, "f.csv", &options).unwrap_err().to_string();
    assert!(error.starts_with("f.csv:2: what begins here is longer than 65536 bytes"), "{error}");
}

#[test]
fn objects_are_read_the_quick_way_as_they_are_the_careful_way() {
    use crate::corpus::LabelKind::{Class, Number, Several};
    let lines = [
        r#"{"text":"a","label":"x"}"#,
        r#"{"text":"a","label":" x "}"#,
        r#"{"text":"a\u00e9\n\"","label":5.0}"#,
        r#"{"text":"a","label":1e3,"more":{"deep":[1,[2]],"text":"no"}}"#,
        r#"{"text":"a","label":true}"#,
        r#"{"text":"a","label":null}"#,
        r#"{"text":"a"}"#,
        r#"{"text":"a","text":"b","label":"x","label":"y"}"#,
        r#"{"te\u0078t":"a","label":["x"," y"]}"#,
        r#"{"text":"a","label":[]}"#,
        r#"{"text":"a","label":"x|y"}"#,
        r#"{"text":"a","pair":"b","negative":"c","label":"3"}"#,
        r#"{"text":null,"label":"x"}"#,
        r#"{"label":"x"}"#,
        r#"{"text":"a","label":""}"#,
        r#"{"text":"a","label":"x"} x"#,
    ];
    for pair in ["", ",\"pair\":\"\",\"negative\":\"\""] {
        for line in lines {
            for kind in [Class, Number, Several { separator: '|' }] {
                for labels in [Need::Required, Need::Optional] {
                    let options = ReadOptions { kind, labels, ..ReadOptions::default() };
                    let first = format!("{{\"text\":\"\",\"label\":1{pair}}}");
                    let text = format!("{first}\n{line}\n");
                    let mut reader = open(&text, "f.jsonl", &options).unwrap();
                    reader.next().unwrap().unwrap();
                    let quick = reader.next().unwrap().map_err(|error| error.to_string());
                    // A key that stands twice is for the careful way alone, which takes the last.
                    let columns = reader.columns().unwrap().clone();
                    let careful = corpus::careful(line, &columns, &options);
                    let careful = careful.map_err(|error| error.to_string());
                    assert_eq!(quick, careful, "{line} {kind:?} {labels:?}");
                }
            }
        }
    }
}

#[test]
fn folders_give_their_texts_with_the_class_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, text) in [
        ("pos/10.txt", "ten\r\nlines"),
        ("pos/2.txt", "two"),
        ("neg/0_1.txt", ""),
        ("neg/.hidden.txt", "no"),
        ("neg/notes.md", "no"),
        ("readme.txt", "no"),
    ] {
        let file = path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let corpus = Corpus::read(path, &ReadOptions::default()).unwrap();
    assert_eq!(corpus.texts(), ["", "two", "ten\nlines"]);
    assert_eq!(corpus.labels().unwrap(), ["neg", "pos", "pos"]);
    assert_eq!(corpus.place(1), path.join("pos/2.txt").display().to_string());
    std::fs::write(path.join("pos/3.txt"), b"a\nb\xFF").unwrap();
    let error = Corpus::read(path, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("3.txt:2: not valid UTF-8 (byte 0xFF at column 2)"), "{error}");

    let plain = path.join("pos");
    std::fs::remove_file(plain.join("3.txt")).unwrap();
    assert_eq!(Corpus::read(&plain, &optional()).unwrap().texts(), ["two", "ten\nlines"]);
    let error = Corpus::read(&plain, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("the texts have no labels; put those of each class"), "{error}");
    std::fs::create_dir(path.join("none")).unwrap();
    let error = Corpus::read(path.join("none"), &optional()).unwrap_err().to_string();
    assert!(error.contains("no .txt file in the folder"), "{error}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_a_parquet_file_says_which_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, "PAR1").unwrap();
    let error = Corpus::read(&path, &optional()).unwrap_err().to_string();
    assert!(error.ends_with("build with the feature `parquet`"), "{error}");
}
