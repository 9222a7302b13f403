//! `sconce data`, and `sconce train` on what it prepared.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::harness::{SMALL, Workplace};

/// A word tokenizer of the training set, `words.json`.
fn with_tokenizer() -> Workplace {
    let place = Workplace::with_reviews();
    place.done(&[
        "tokenizer",
        "train",
        "--model",
        "word",
        "--input",
        "train.csv",
        "--out",
        "words.json",
        "--quiet",
    ]);
    place
}

fn read(place: &Workplace, name: &str) -> String {
    fs::read_to_string(place.path(name)).unwrap()
}

#[test]
fn a_data_set_survives_every_format() {
    let place = Workplace::new();
    let rows = "{\"text\":\"a \\\"fine\\\" film, naïve\",\"label\":\"pos\"}\n{\"text\":\"dull\",\"label\":\"neg\"}\n";
    place.write("a.jsonl", rows);
    let chain = ["a.jsonl", "b.csv", "c.tsv.gz", "d.parquet", "e.txt.zst", "f.jsonl"];
    for pair in chain.windows(2) {
        let run = place.done(&["data", "convert", pair[0], pair[1], "--json", "--quiet"]);
        let done = &run.objects()[0];
        assert_eq!((&done["event"], &done["rows"]), (&json!("done"), &json!(2)), "{pair:?}");
        assert_eq!(run.stderr, "", "{pair:?}");
    }
    let values = |name: &str| -> Vec<(Value, Value)> {
        let parse = |line| serde_json::from_str::<Value>(line).unwrap();
        read(&place, name)
            .lines()
            .map(parse)
            .map(|row| (row["text"].clone(), row["label"].clone()))
            .collect()
    };
    assert_eq!(values("f.jsonl"), values("a.jsonl"));
    place.done(&["data", "convert", "b.csv", "only.csv", "--columns", "label"]);
    assert_eq!(read(&place, "only.csv").lines().collect::<Vec<_>>(), ["label", "pos", "neg"]);
}

#[test]
fn parts_hold_every_row_once_and_labels_in_their_share() {
    let place = Workplace::with_reviews();
    let split = ["data", "split", "train.csv", "--stratify", "label", "--json", "--quiet"];
    let run = |more: &[&str]| place.done(&[&split[..], more].concat());
    let done = run(&["--ratios", "0.8,0.1,0.1", "--out", "parts"]).objects()[0].clone();
    assert_eq!(done["parts"], json!({ "train": 160, "valid": 20, "test": 20 }));
    let mut rows = Vec::new();
    for part in ["train", "valid", "test"] {
        let text = read(&place, &format!("parts/{part}.csv"));
        let (header, body) = text.split_once('\n').unwrap();
        assert_eq!(header, "text,label");
        let n_pos = body.lines().filter(|line| line.ends_with(",pos")).count();
        assert_eq!(2 * n_pos, body.lines().count(), "{part}");
        rows.extend(body.lines().map(|line| line.replace('"', "")));
    }
    let mut expected: Vec<String> =
        read(&place, "train.csv").lines().skip(1).map(|line| line.replace('"', "")).collect();
    rows.sort();
    expected.sort();
    assert_eq!(rows, expected);

    run(&["--ratios", "0.8,0.1,0.1", "--out", "again"]);
    run(&["--ratios", "0.8,0.1,0.1", "--seed", "7", "--out", "other"]);
    assert_eq!(read(&place, "parts/test.csv"), read(&place, "again/test.csv"));
    assert_ne!(read(&place, "parts/test.csv"), read(&place, "other/test.csv"));
    let two = run(&["--ratios", "0.5,0.5", "--names", "a,b", "--to", "jsonl.gz", "--out", "two"]);
    assert!(two.objects()[0]["files"][1].as_str().unwrap().ends_with("b.jsonl.gz"));

    // What is kept gives the same parts.
    let settings = ["data", "split", "train.csv", "--config", "other/split.settings.toml"];
    place.done(&[&settings[..], &["--out", "kept"]].concat());
    assert_eq!(read(&place, "kept/test.csv"), read(&place, "other/test.csv"));
}

#[test]
fn inspect_says_what_a_data_set_holds() {
    let place = Workplace::with_reviews();
    let page = place.done(&["data", "inspect", "train.csv"]).stdout;
    for expected in ["train.csv (csv)", "200", "label: ", "neg 100", "pos 100", "text"] {
        assert!(page.contains(expected), "no {expected} in {page}");
    }
    let found = place.done(&["data", "inspect", "train.csv", "--json"]).objects()[0].clone();
    assert_eq!((&found["n_rows"], &found["format"]), (&json!(200), &json!("csv")));
    let roles: BTreeSet<String> = found["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| format!("{} {}", column["name"], column["role"]))
        .collect();
    assert!(roles.contains("\"text\" \"text\""), "{roles:?}");
    assert!(roles.contains("\"label\" \"label\""), "{roles:?}");
}

#[test]
fn a_prepared_set_is_made_once_and_looked_into() {
    let place = with_tokenizer();
    let prepare =
        ["data", "prepare", "train.csv", "--tokenizer", "words.json", "--out", "t.cache", "--json"];
    let first = place.done(&prepare).objects()[0].clone();
    assert_eq!((&first["rows"], &first["new"]), (&json!(200), &json!(true)));
    assert_eq!(first["labels"], json!(["neg", "pos"]));
    let bytes = fs::read(place.path("t.cache")).unwrap();
    let again = place.done(&prepare);
    assert_eq!(again.objects()[0]["new"], false);
    assert!(again.stderr.contains("t.cache is up to date"), "{}", again.stderr);
    assert_eq!(fs::read(place.path("t.cache")).unwrap(), bytes);

    let cut = place.done(&[&prepare[..], &["--max-length", "3", "--quiet"]].concat());
    assert_eq!(
        (&cut.objects()[0]["new"], &cut.objects()[0]["truncated"]),
        (&json!(true), &json!(200))
    );
    let one = place.done(&[&prepare[..], &["--threads", "1", "--quiet"]].concat());
    assert_eq!(one.objects()[0]["new"], true);
    assert!(fs::read(place.path("t.cache")).unwrap() == bytes, "one thread made another file");

    let page = place.done(&["data", "inspect", "t.cache"]).stdout;
    assert!(page.contains("200 rows") && page.contains("neg, pos"), "{page}");
}

#[test]
fn what_is_prepared_trains_the_model_that_the_data_do() {
    let place = with_tokenizer();
    for (part, more) in [("train", &[][..]), ("test", &["--labels-of", "train.cache"])] {
        let (data, out) = (format!("{part}.csv"), format!("{part}.cache"));
        let prepare =
            ["data", "prepare", &data, "--tokenizer", "words.json", "--out", &out, "--quiet"];
        place.done(&[&prepare[..], more].concat());
    }
    place.train("direct", &["--tokenizer", "words.json"]);
    let mut train = vec!["train", "--task", "classify", "--quiet", "--json", "--out", "prepared"];
    train.extend(["--train", "train.cache", "--test", "test.cache"]);
    train.extend(SMALL);
    let done = place.done(&train).objects().pop().unwrap();
    assert_eq!(done["event"], "done");
    let weights = |model: &str| fs::read(place.path(model).join("model.safetensors")).unwrap();
    assert!(weights("direct") == weights("prepared"), "the weights differ");
    place.done(&["predict", "--model", "prepared", "a lovely film"]);

    place.write("other.csv", "text,label\na film,x\na film,y\n");
    place.done(&[
        "data",
        "prepare",
        "other.csv",
        "--tokenizer",
        "words.json",
        "--out",
        "other.cache",
    ]);
    train[8] = "train.csv";
    for (train_file, test_file, status, expected) in [
        ("train.cache", "other.cache", 1, "its labels are not those of train.cache"),
        ("train.cache", "test.csv", 1, "test.csv: not a token cache"),
    ] {
        let mut train = vec!["train", "--task", "classify", "--quiet", "--out", "m"];
        train.extend(["--train", train_file, "--test", test_file]);
        place.run(&train).assert_fails(test_file, status, &[expected]);
    }
    let given = ["train", "--task", "classify", "--train", "train.cache", "--out", "m"];
    let given = [&given[..], &["--tokenizer", "words.json"]].concat();
    place.run(&given).assert_fails("tokenizer", 2, &["not prepared yet"]);
}

#[test]
fn bad_input_names_the_place_and_nothing_is_written() {
    let place = with_tokenizer();
    place.write("ragged.csv", "text,label\na,x\nonly\n");
    place.write("latin.csv", b"text,label\ncaf\xe9,x\n");
    place.write("cut.csv.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]);
    place.write("notes", "not a cache");
    let words = "words.json";
    for (arguments, status, expected) in [
        (&["convert", "gone.csv", "o.jsonl"][..], 1, "gone.csv: no such file"),
        (&["convert", "ragged.csv", "o.jsonl"], 1, "ragged.csv:3: too few fields"),
        (&["convert", "latin.csv", "o.jsonl"], 1, "latin.csv:2: not valid UTF-8"),
        (&["convert", "cut.csv.gz", "o.jsonl"], 1, "cut.csv.gz"),
        (&["convert", "train.csv", "o.xls"], 1, "o.xls: unknown data format"),
        (&["convert", "train.csv", "train.csv"], 1, "is read and cannot be written"),
        (&["convert", "train.csv", "nix/o.csv"], 1, "the folder nix is not there"),
        (&["convert", "train.csv", "o.csv", "--columns", "txt"], 1, "did you mean \"text\"?"),
        (&["convert", "train.csv"], 2, "missing <OUT>"),
        (&["split", "ragged.csv", "--out", "o"], 1, "ragged.csv:3: too few fields"),
        (&["split", "train.csv", "--ratios", "0.8,0.8", "--out", "o"], 2, "add up to 1"),
        (&["split", "train.csv", "--ratios", "0.8,0", "--out", "o"], 2, "for --ratios"),
        (&["split", "train.csv", "--names", "a", "--out", "o"], 2, "1 names for 3 ratios"),
        (
            &["split", "train.csv", "--stratify", "lable", "--out", "o"],
            1,
            "did you mean \"label\"?",
        ),
        (&["split", "train.csv"], 2, "missing --out"),
        (&["prepare", "train.csv", "--out", "o"], 2, "missing --tokenizer"),
        (
            &["prepare", "train.csv", "--tokenizer", "gone.json", "--out", "o"],
            1,
            "gone.json: no such",
        ),
        (&["prepare", "gone.csv", "--tokenizer", words, "--out", "o"], 1, "gone.csv: no such file"),
        (&["prepare", "ragged.csv", "--tokenizer", words, "--out", "o"], 1, "ragged.csv:3: "),
        (&["prepare", "train.csv", "--tokenizer", words, "--out", "notes"], 1, "not a token cache"),
        (
            &["prepare", "train.csv", "--tokenizer", words, "--labels", "clas", "--out", "o"],
            2,
            "did you mean class",
        ),
        (&["inspect", "gone.csv"], 1, "gone.csv: no such file"),
        (&["inspekt", "train.csv"], 2, "did you mean inspect?"),
    ] {
        let before = place.files();
        let arguments = [&["data"][..], arguments].concat();
        place.run(&arguments).assert_fails(&arguments.join(" "), status, &[expected]);
        assert_eq!(place.files(), before, "{arguments:?}: something was written");
    }
}

#[test]
fn parts_that_are_there_need_force() {
    let place = Workplace::with_reviews();
    let split = ["data", "split", "train.csv", "--ratios", "0.5,0.5", "--out", "parts", "--quiet"];
    place.done(&split);
    place.run(&split).assert_fails("again", 1, &["parts/train.csv: already exists", "--force"]);
    place.done(&[&split[..], &["--force", "--seed", "1"]].concat());
}
