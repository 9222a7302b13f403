//! What is written is read back equal, or refused.

use super::*;
use crate::corpus::{Corpus, LabelKind, Need, ReadOptions};
use crate::qa_corpus::{QaAnswer, QaCorpus, QaReadOptions};
use crate::record_reader::RecordReader;
use crate::tagged_corpus::{TagReadOptions, TaggedCorpus};

/// The endings of files that hold anything, of this build.
fn endings() -> Vec<&'static str> {
    let mut all = vec!["csv", "tsv", "jsonl", "txt"];
    if cfg!(feature = "compression") {
        all.extend(["csv.gz", "jsonl.zst"]);
    }
    if cfg!(feature = "parquet") {
        all.push("parquet");
    }
    all
}

/// Texts of characters that formats give a meaning.
fn text(random: &mut fastrand::Rng) -> String {
    let parts =
        ["a", " ", ",", "\"", "\"\"", "\n", "\r\n", "\t", "é", "日", "__label__", "|", "'", "#"];
    (0..random.usize(0..8)).map(|_| parts[random.usize(0..parts.len())]).collect()
}

fn read(path: &Path, kind: LabelKind) -> Result<Vec<Example>> {
    let labels = Need::Optional;
    let label_column = kind_column(kind);
    let has_columns = !path.display().to_string().contains(".txt");
    let label_column = label_column.filter(|_| has_columns);
    let options = ReadOptions { labels, kind, label_column, ..ReadOptions::default() };
    Corpus::read(path, &options).map(Corpus::into_examples)
}

fn kind_column(kind: LabelKind) -> Option<String> {
    matches!(kind, LabelKind::Several { .. }).then(|| "labels".to_owned())
}

#[test]
fn examples_are_read_back_equal_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    let (mut n_equal, mut n_refused) = (0, 0);
    for round in 0..300 {
        let has_pair = round % 3 == 1;
        let several = round % 3 == 2;
        let examples: Vec<Example> = (0..random.usize(1..5))
            .map(|row| Example {
                text: text(&mut random),
                pair: has_pair.then(|| text(&mut random)),
                label: (!several).then(|| ["x", "y z", "1"][random.usize(0..3)].to_owned()),
                labels: match several {
                    true if row == 0 => vec!["a".into(), "b,c".into()],
                    true => vec!["d".into()],
                    false => Vec::new(),
                },
                ..Example::default()
            })
            .collect();
        for ending in endings() {
            let path = folder.path().join(format!("f.{ending}"));
            let kind = match several {
                true => LabelKind::Several { separator: '|' },
                false => LabelKind::Class,
            };
            match write_examples(&path, &examples, &WriteOptions::default()) {
                Ok(()) => {
                    let mut expected = examples.clone();
                    if ending == "txt" {
                        expected.iter_mut().for_each(|e| e.text = e.text.trim().to_owned());
                    }
                    assert_eq!(read(&path, kind).unwrap(), expected, "{ending}");
                    n_equal += 1;
                }
                Err(Error::Data(_)) if matches!(ending, "tsv" | "txt") => n_refused += 1,
                Err(error) => panic!("{ending}: {error}"),
            }
        }
    }
    assert!(n_equal > 600 && n_refused > 100, "{n_equal} {n_refused}");
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn line_ends_and_tabs_become_spaces_if_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let example =
        Example { text: "a\tb\r\nc\nd".into(), label: Some("x".into()), ..Example::default() };
    let options = WriteOptions { flatten: true, ..WriteOptions::default() };
    for (ending, expected) in [("tsv", "a b c d"), ("txt", "a\tb c d")] {
        let path = folder.path().join(format!("f.{ending}"));
        write_examples(&path, [&example], &options).unwrap();
        assert_eq!(read(&path, LabelKind::Class).unwrap()[0].text, expected);
    }
    let error = write_examples(folder.path().join("g.tsv"), [&example], &WriteOptions::default());
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("row 1 (from 1): \"text\" holds a tab or a line end, which .tsv cannot; write .jsonl or .csv"), "{error}");
    assert!(!folder.path().join("g.tsv").exists());
}

#[test]
fn tagged_sentences_are_read_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = |words: &[(&str, &str)]| TaggedSentence {
        tokens: words.iter().map(|(word, _)| word.to_string()).collect(),
        tags: words.iter().map(|(_, tag)| tag.to_string()).collect(),
    };
    let sentences = [
        sentence(&[("New York", "B-LOC"), ("#", "O"), ("\"", "O")]),
        sentence(&[("日本", "B-LOC")]),
    ];
    let mut endings = vec!["conll", "conllu", "jsonl"];
    if cfg!(feature = "compression") {
        endings.extend(["conll.gz", "conllu.zst"]);
    }
    for ending in endings {
        let path = folder.path().join(format!("f.{ending}"));
        write_sentences(&path, &sentences, &WriteOptions::default()).unwrap();
        let corpus = TaggedCorpus::read(&path, &TagReadOptions::default()).unwrap();
        assert_eq!(corpus.sentences(), sentences, "{ending}");
    }
    let bad = sentence(&[("a\tb", "O")]);
    for ending in ["conll", "conllu"] {
        let path = folder.path().join(format!("g.{ending}"));
        let error = write_sentences(&path, [&bad], &WriteOptions::default()).unwrap_err();
        assert!(error.to_string().contains("holds a tab or line end"), "{error}");
    }
}

#[test]
fn questions_are_read_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let question = |id: &str, context: &str, answers: Vec<QaAnswer>| QaExample {
        id: id.into(),
        question: format!("\"{id}\"?"),
        context: context.into(),
        is_impossible: answers.is_empty(),
        answers,
    };
    let zoe = QaAnswer { text: "Zoë".into(), start: 3 };
    let questions = [
        question("1", "É Zoë.\n", vec![zoe.clone()]),
        question("2", "É Zoë.\n", vec![]),
        question("3", "other", vec![QaAnswer { text: "the".into(), start: 1 }]),
    ];
    for ending in ["json", "jsonl"] {
        let path = folder.path().join(format!("f.{ending}"));
        write_questions(&path, &questions, &WriteOptions::default()).unwrap();
        let corpus = QaCorpus::read(&path, &QaReadOptions::default()).unwrap();
        assert_eq!(corpus.examples(), questions, "{ending}");
        // The same by way of plain rows.
        let rows = RecordReader::open(&path, &ReadOptions::default()).unwrap();
        let rows: Vec<Record> = rows.map(Result::unwrap).collect();
        assert_eq!(rows[0], questions[0].to_record());
    }
}

#[test]
fn what_would_be_read_as_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, row: Value| {
        let row = row.as_object().unwrap().clone();
        let columns: Vec<String> = row.keys().cloned().collect();
        let path = folder.path().join(name);
        let mut out = RecordWriter::create(&path, &columns, &WriteOptions::default()).unwrap();
        out.write(&row).and_then(|()| out.finish()).map_err(|error| error.to_string())
    };
    let words = serde_json::json!({"tokens": ["in", "New York"]});
    let error = write("a.conll", words.clone()).unwrap_err();
    assert!(error.contains("has a word with a space"), "{error}");
    write("a.conllu", words).unwrap();
    let tagged = serde_json::json!({"tokens": ["in", "New York"], "tags": ["O", "B-LOC"]});
    write("b.conll", tagged).unwrap();
    let answers = serde_json::json!({"text": ["a", "b"], "answer_start": [0]});
    let question = serde_json::json!({"question": "?", "context": "a b", "answers": answers});
    let error = write("a.json", question).unwrap_err();
    assert!(error.contains("of different lengths"), "{error}");
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.conllu", "b.conll"], "nothing is left of what was refused");
}

#[test]
fn rows_keep_all_their_columns_from_one_format_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.csv"), "id,text,,label,label\n7,\"a\nb\",z,pos,1\n8,,,neg,2\n").unwrap();
    let mut names = vec!["a.csv".to_owned()];
    names.extend(
        endings().iter().filter(|e| !e.starts_with('t')).map(|ending| format!("b.{ending}")),
    );
    for pair in names.windows(2) {
        let rows = RecordReader::open(path(&pair[0]), &ReadOptions::default()).unwrap();
        let columns = rows.columns().to_vec();
        assert_eq!(columns, ["id", "text", "3", "label", "label.2"], "{pair:?}");
        let mut out =
            RecordWriter::create(path(&pair[1]), &columns, &WriteOptions::default()).unwrap();
        for row in rows {
            out.write(&row.unwrap()).unwrap();
        }
        assert_eq!(out.n_written(), 2);
        assert!(!path(&pair[1]).exists());
        out.finish().unwrap();
    }
    let last = RecordReader::open(path(names.last().unwrap()), &ReadOptions::default()).unwrap();
    let rows: Vec<Record> = last.map(Result::unwrap).collect();
    assert_eq!(rows[0]["text"], "a\nb");
    assert_eq!(rows[1]["label.2"], "2");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_keeps_kinds_nulls_and_lists_over_many_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let row = |number: i64| {
        let row = serde_json::json!({
            "text": if number % 7 == 0 { Value::Null } else { format!("text {number}").into() },
            "n": number, "score": number as f64 / 3., "good": number % 2 == 0,
            "tags": (0..number % 3).map(|tag| format!("t{tag}")).collect::<Vec<_>>(),
        });
        row.as_object().unwrap().clone()
    };
    let columns: Vec<String> = row(1).keys().cloned().collect();
    let mut out = RecordWriter::create(&path, &columns, &WriteOptions::default()).unwrap();
    (0..40_000).for_each(|number| out.write(&row(number)).unwrap());
    out.finish().unwrap();
    let rows = RecordReader::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(rows.columns(), columns);
    let mut n_rows = 0;
    for (number, got) in rows.enumerate() {
        assert_eq!(got.unwrap(), row(number as i64));
        n_rows += 1;
    }
    assert_eq!(n_rows, 40_000);
    let options = ReadOptions {
        label_column: Some("tags".into()),
        kind: LabelKind::Several { separator: '|' },
        ..ReadOptions::default()
    };
    // The first text is null, which no text is.
    let error = Corpus::read(&path, &options).unwrap_err().to_string();
    assert!(error.ends_with("a.parquet:1: \"text\" holds null; a string is needed"), "{error}");
    for bytes in [&b"PAR1"[..], b"", b"PAR1xxxxxxxxPAR1", &[0; 64]] {
        std::fs::write(&path, bytes).unwrap();
        let error = RecordReader::open(&path, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("cannot be read as Parquet"), "{error}");
    }
}
