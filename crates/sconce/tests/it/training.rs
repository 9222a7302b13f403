//! The happy path: train, evaluate, predict, inspect.

use serde_json::Value;

use crate::harness::{SMALL, Workplace, reviews, with_model};

#[test]
fn events_end_with_done_and_the_toy_data_are_learned() {
    let place = Workplace::with_reviews();
    let objects = place.train("model", &[]);
    let of = |event: &str| objects.iter().filter(|object| object["event"] == event).count();
    assert_eq!((of("epoch"), of("done")), (4, 1));
    assert!(of("step") >= 1);
    let epoch = objects.iter().find(|object| object["event"] == "epoch").unwrap();
    assert_eq!(epoch["epoch"], 1);
    assert!(epoch["valid"]["accuracy"].is_f64() && epoch["train_loss"].is_f64(), "{epoch}");

    let done = objects.last().unwrap().as_object().unwrap();
    let keys: Vec<&String> = done.keys().collect();
    let expected =
        ["event", "test", "valid", "examples_per_second", "steps", "seconds", "peak_rss_mb", "out"];
    assert_eq!(keys, expected);
    assert_eq!(done["event"], "done");
    assert_eq!(done["out"], "model");
    for set in ["test", "valid"] {
        let metrics = &done[set];
        assert!(metrics["accuracy"].as_f64().unwrap() > 0.95, "{set}: {metrics}");
        assert!(metrics["macro_f1"].is_f64() && metrics["loss"].is_f64(), "{set}: {metrics}");
    }
    assert!(done["examples_per_second"].as_f64().unwrap() > 0.);
    assert!(done["peak_rss_mb"].is_f64() || !cfg!(target_os = "linux"));
}

#[test]
fn every_format_and_architecture_trains() {
    let rows = reviews(200, 3);
    let join = |row: fn(&(String, &str)) -> String| rows.iter().map(row).collect::<String>();
    let tsv = join(|(text, label)| format!("{label}\t{text}\n"));
    let jsonl =
        join(|(text, label)| format!("{}\n", serde_json::json!({ "body": text, "topic": label })));
    let txt = join(|(text, label)| format!("__label__{label} {text}\n"));
    let columns = ["--text-column", "body", "--label-column", "topic"];
    for (name, content, more) in [
        ("a.tsv", tsv, &["--no-header", "--arch", "bag"][..]),
        ("a.jsonl", jsonl, &columns),
        ("a.txt", txt, &["--optimizer", "adam", "--schedule", "linear", "--warmup", "3"]),
    ] {
        let place = Workplace::new();
        place.write(name, content);
        let mut arguments = vec!["train", "--task", "classify", "--train", name, "--out", "m"];
        arguments.extend(["--json", "--quiet", "--patience", "3"]);
        arguments.extend(SMALL);
        arguments.extend(more);
        let objects = place.done(&arguments).objects();
        let done = objects.last().unwrap();
        assert_eq!(done["test"], Value::Null, "{name}");
        assert!(done["valid"]["accuracy"].as_f64().unwrap() > 0.9, "{name}: {done}");
    }
}

#[test]
fn without_a_validation_share_the_last_epoch_is_kept() {
    let place = Workplace::with_reviews();
    let objects = place.train("m", &["--valid-ratio", "0"]);
    assert_eq!(objects.last().unwrap()["valid"], Value::Null);
    let inspected = &place.done(&["inspect", "m", "--json"]).objects()[0];
    assert_eq!(inspected["history"]["best_epoch"], 4);
    assert_eq!(inspected["data"]["train"]["examples"], 200);
}

#[test]
fn people_see_tables_on_stdout_and_notes_on_stderr_but_none_when_quiet() {
    let place = Workplace::with_reviews();
    let mut arguments = vec!["train", "--task", "classify", "--train", "train.csv"];
    arguments.extend(["--test", "test.csv", "--out"]);
    let with = |out, more: &[&'static str]| {
        let mut arguments = arguments.clone();
        arguments.push(out);
        arguments.extend(SMALL);
        arguments.extend(more);
        place.done(&arguments)
    };
    let run = with("a", &[]);
    for expected in ["accuracy", "test", "validation", "Confusions (test)"] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
    for expected in ["labels: neg, pos", "epoch 4/4", "written: a", "sconce predict --model a"] {
        assert!(run.stderr.contains(expected), "{expected}: {}", run.stderr);
    }
    assert!(!run.stderr.contains('\x1b') && !run.stdout.contains('\x1b'), "colours in a file");
    let quiet = with("b", &["--quiet"]);
    assert_eq!((quiet.stderr.as_str(), quiet.stdout), ("", run.stdout));
}

#[test]
fn a_model_is_evaluated_with_every_metric() {
    let place = with_model();
    let arguments = ["evaluate", "--model", "model", "--data", "test.csv"];
    let objects = place.done(&[&arguments[..], &["--json"]].concat()).objects();
    let [object] = &objects[..] else { panic!("{objects:?}") };
    assert_eq!(object["examples"], 60);
    assert_eq!(object["labels"], serde_json::json!(["neg", "pos"]));
    assert_eq!(object["report"]["labels"][0]["support"], 30);
    let manifest = std::fs::read(place.path("model/sconce.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(object["metrics"], manifest["metrics"]["test"]);
    let right =
        object["confusion"][0][0].as_u64().unwrap() + object["confusion"][1][1].as_u64().unwrap();
    assert_eq!(object["metrics"]["accuracy"].as_f64().unwrap(), right as f64 / 60.);

    let text = place.done(&arguments).stdout;
    for expected in ["precision", "macro average", "target \\ predicted"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn texts_files_and_lines_get_the_same_predictions_in_order() {
    let place = with_model();
    let rows = reviews(2500, 4);
    let lines: String = rows.iter().map(|(text, _)| format!("{text}\n")).collect();
    place.write("rows.csv", crate::harness::csv(&rows));
    place.write("rows.txt", &lines);

    let predict = ["predict", "--model", "model", "--json", "--input"];
    let from_csv = place.done(&[&predict[..], &["rows.csv"]].concat());
    let from_txt = place.done(&[&predict[..], &["rows.txt"]].concat());
    let mut command = place.command(&[&predict[..], &["-"]].concat());
    command.stdin(std::fs::File::open(place.path("rows.txt")).unwrap());
    let from_stdin = crate::harness::Run::from(command.output().unwrap());
    assert!(from_csv.stdout == from_txt.stdout && from_txt.stdout == from_stdin.stdout);

    let objects = from_csv.objects();
    assert_eq!(objects.len(), rows.len());
    let texts = objects.iter().zip(&rows).all(|(object, (text, _))| object["text"] == **text);
    assert!(texts, "the order changed");
    let right = objects.iter().zip(&rows).filter(|(object, (_, label))| object["label"] == *label);
    assert!(right.count() > 2400);

    // A byte order mark, which editors put there, is no word of the first line.
    place.write("marked.txt", format!("\u{feff}{lines}"));
    let mut command = place.command(&[&predict[..], &["-"]].concat());
    command.stdin(std::fs::File::open(place.path("marked.txt")).unwrap());
    let marked = crate::harness::Run::from(command.output().unwrap());
    assert!(marked.stdout == from_stdin.stdout);

    let text = rows[7].0.as_str();
    let one = place.done(&["predict", "--model", "model", "--json", text]).objects();
    assert_eq!(one, [objects[7].clone()]);
}

#[test]
fn the_best_labels_come_first_and_their_scores_add_up() {
    let place = with_model();
    let arguments = ["predict", "--model", "model", "--top-k", "2", "a lovely warm film", ""];
    let objects = place.done(&[&arguments[..], &["--json"]].concat()).objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["label"], "pos");
    for object in &objects {
        let scores: Vec<f64> = object["scores"]
            .as_array()
            .unwrap()
            .iter()
            .map(|score| score["score"].as_f64().unwrap())
            .collect();
        assert!(scores[0] >= scores[1] && (scores.iter().sum::<f64>() - 1.).abs() < 1e-5);
        assert_eq!(object["score"], object["scores"][0]["score"]);
    }
    let text = place.done(&arguments).stdout;
    let score = objects[0]["score"].as_f64().unwrap();
    let begin = format!("pos {score:.4}  neg {:.4}  a lovely warm film\n", 1. - score);
    assert!(text.starts_with(&begin), "{text}");
}

#[test]
fn a_model_is_shown_with_everything_it_is_made_of() {
    let place = with_model();
    let object = &place.done(&["inspect", "model", "--json"]).objects()[0];
    let parameters = object["parameters"].as_array().unwrap();
    let sum: u64 = parameters.iter().map(|p| p["elements"].as_u64().unwrap()).sum();
    assert_eq!(object["n_parameters"], sum);
    let embedding = parameters.iter().find(|p| p["name"] == "embedding.weight").unwrap();
    assert_eq!(embedding["dtype"], "f32");
    assert_eq!(embedding["shape"][1], 16);
    assert_eq!(embedding["shape"][0], object["tokenizer"]["size"]);
    assert_eq!(object["tokenizer"]["kind"], "word");
    assert_eq!(object["model_type"], "textcnn");
    assert_eq!(object["settings"]["n-filters"], 8);
    assert_eq!(object["settings"]["task"], "classify");
    assert_eq!(object["history"]["epochs"].as_array().unwrap().len(), 4);
    assert_eq!(object["data"]["train"]["source"], "train.csv");
    let weights = std::fs::metadata(place.path("model/model.safetensors")).unwrap().len();
    assert_eq!(object["files"]["model.safetensors"]["bytes"], weights);

    let text = place.done(&["inspect", "model"]).stdout;
    for expected in ["neg, pos", "embedding.weight", "total", "(kept)", "model.safetensors"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn a_subword_tokenizer_is_used_and_saved() {
    let place = Workplace::with_reviews();
    let words = ["[UNK]", "lovely", "great", "warm", "funny", "dull", "awful", "cold", "stale"];
    let vocab: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]" },
    });
    place.write("tokenizer.json", tokenizer.to_string());
    let more = ["--tokenizer", "tokenizer.json", "--max-length", "12"];
    let objects = place.train("m", &more);
    assert!(objects.last().unwrap()["test"]["accuracy"].as_f64().unwrap() > 0.95);
    let object = &place.done(&["inspect", "m", "--json"]).objects()[0];
    assert_eq!(object["tokenizer"]["kind"], "subword");
    assert_eq!(
        (&object["tokenizer"]["size"], &object["tokenizer"]["max_length"]),
        (&9.into(), &12.into())
    );
    let predicted = place.done(&["predict", "--model", "m", "--json", "A LOVELY film"]).objects();
    assert_eq!(predicted[0]["label"], "pos");
}

#[test]
fn the_words_of_another_model_can_be_used_again() {
    let place = with_model();
    place.train("again", &["--tokenizer", "model/vocabulary.json"]);
    let words = |model: &str| std::fs::read(place.path(model).join("vocabulary.json")).unwrap();
    assert_eq!(words("again"), words("model"));
}
