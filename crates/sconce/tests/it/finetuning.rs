//! Fine-tuning from the command line: every task from a folder of transformers to a folder that
//! transformers opens, and what is kept of the model it began with.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::Workplace;

/// A tiny model of the tests of `sconce-models`.
fn golden(name: &str) -> String {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sconce-models/tests/golden");
    folders.join(name).canonicalize().unwrap().display().to_string()
}

/// Sentences about animals and trees, with what they are about.
fn sentences() -> Vec<(String, &'static str)> {
    let mut rows = Vec::new();
    for size in ["big", "small", "old", "young", "quick", "slow"] {
        for (thing, label) in
            [("cat", "animal"), ("dog", "animal"), ("tree", "plant"), ("house", "plant")]
        {
            rows.push((format!("the {size} {thing} is {size}"), label));
            rows.push((format!("who was not by the {thing} ?"), label));
        }
    }
    rows
}

fn csv() -> String {
    let rows = sentences().into_iter().map(|(text, label)| format!("{text},{label}\n"));
    format!("text,label\n{}", rows.collect::<String>())
}

fn conll() -> String {
    let tag = |word: &str| if word == "cat" || word == "dog" { "B-PET" } else { "O" };
    let sentence = |(text, _): (String, &str)| {
        let words = text.split(' ').map(|word| format!("{word} {}\n", tag(word)));
        words.collect::<String>() + "\n"
    };
    sentences().into_iter().map(sentence).collect()
}

fn squad() -> String {
    let context = "the big cat sat on the mat by the old house .";
    let question = |id: usize, question: &str, answer: &str| {
        let start = context.find(answer).unwrap();
        serde_json::json!({
            "id": id.to_string(),
            "question": question,
            "answers": [{ "text": answer, "answer_start": start }],
        })
    };
    let questions: Vec<Value> = (0..8)
        .map(|i| match i % 2 {
            0 => question(i, "who sat on the mat ?", "the big cat"),
            _ => question(i, "where was the cat ?", "on the mat"),
        })
        .collect();
    let paragraphs = [serde_json::json!({ "context": context, "qas": questions })];
    serde_json::json!({ "version": "1.1", "data": [{ "title": "t", "paragraphs": paragraphs }] })
        .to_string()
}

/// Trains and gives the last object.
fn train(place: &Workplace, out: &str, arguments: &[&str]) -> Value {
    let common = ["train", "--out", out, "--json", "--quiet", "--threads", "1"];
    let run = place.done(&[&common[..], arguments].concat());
    run.objects().pop().unwrap()
}

fn config(place: &Workplace, out: &str) -> Value {
    serde_json::from_slice(&fs::read(place.path(out).join("config.json")).unwrap()).unwrap()
}

#[test]
fn every_task_learns_saves_a_hugging_face_folder_and_is_measured_alike_afterwards() {
    let place = Workplace::new();
    place.write("texts.csv", csv());
    place.write("tags.conll", conll());
    place.write("questions.json", squad());
    let pairs = |(i, (text, _)): (usize, (String, &str))| {
        format!("{text},{},{}\n", text.replace("big", "small"), i % 5)
    };
    let pairs = sentences().into_iter().enumerate().map(pairs).collect::<String>();
    place.write("pairs.csv", format!("sentence1,sentence2,score\n{pairs}"));
    let lines: String = sentences().into_iter().map(|(text, _)| format!("{text}\n\n")).collect();
    place.write("lines.txt", lines);

    let bert = golden("sentence_mean");
    let gpt = golden("generation_gpt2");
    let cases = [
        ("classify", &bert, "texts.csv", "BertForSequenceClassification", "accuracy"),
        ("regress", &bert, "pairs.csv", "BertForSequenceClassification", "mse"),
        ("tag", &bert, "tags.conll", "BertForTokenClassification", "f1"),
        ("qa", &bert, "questions.json", "BertForQuestionAnswering", "f1"),
        ("mlm", &bert, "lines.txt", "BertForMaskedLM", "perplexity"),
        ("embed", &bert, "pairs.csv", "BertModel", "spearman"),
        ("lm", &gpt, "lines.txt", "GPT2LMHeadModel", "perplexity"),
    ];
    for (task, from, file, class, metric) in cases {
        let mut arguments = vec!["--task", task, "--from", from, "--train", file];
        arguments.extend(["--valid", file, "--test", file, "--epochs", "4", "--lr", "1e-3"]);
        if task == "qa" {
            arguments.extend(["--max-length", "30", "--stride", "6"]);
        }
        let done = train(&place, task, &arguments);
        let value = done["test"][metric].as_f64().unwrap();
        assert!(value.is_finite(), "{task}: {done}");
        assert_eq!(done["test"], done["valid"], "{task}: one file twice");
        assert_eq!(config(&place, task)["architectures"][0], class, "{task}");
        let files = ["config.json", "model.safetensors", "tokenizer.json", "sconce.json"];
        for name in files {
            assert!(place.path(task).join(name).is_file(), "{task}: no {name}");
        }
        assert_eq!(place.path(task).join("modules.json").is_file(), task == "embed", "{task}");
        // Measured again with nothing said, the model is what it was at the end of its training.
        let run = place.done(&["evaluate", "--model", task, "--data", file, "--json", "--quiet"]);
        let again = run.objects()[0]["metrics"][metric].as_f64().unwrap();
        assert!((again - value).abs() < 1e-6, "{task}: {metric} {value} became {again}");
    }
}

#[test]
fn a_head_that_is_kept_goes_on_meaning_the_same() {
    let place = Workplace::new();
    place.write("texts.csv", csv());
    let base = golden("sentence_mean");
    train(&place, "first", &["--task", "classify", "--from", &base, "--train", "texts.csv"]);
    // The same labels in another order, as some other program might have written them.
    let path = place.path("first").join("config.json");
    let mut json = config(&place, "first");
    json["id2label"] = serde_json::json!({ "0": "plant", "1": "animal" });
    json["label2id"] = serde_json::json!({ "plant": 0, "animal": 1 });
    fs::write(&path, json.to_string()).unwrap();
    fs::remove_file(place.path("first").join("sconce.json")).unwrap();
    let tiny = ["--epochs", "1", "--lr", "1e-12"];
    let again = ["--task", "classify", "--from", "first", "--train", "texts.csv"];
    train(&place, "second", &[&again[..], &tiny].concat());
    assert_eq!(config(&place, "second")["id2label"], json["id2label"]);
}

#[test]
fn adapters_are_saved_beside_the_whole_model_and_give_the_same_on_the_base() {
    let place = Workplace::new();
    place.write("texts.csv", csv());
    let base = golden("sentence_mean");
    let arguments = ["--task", "classify", "--from", &base, "--train", "texts.csv"];
    let lora = ["--lora-rank", "2", "--lora-targets", "query,value", "--epochs", "3"];
    train(&place, "tuned", &[&arguments[..], &lora].concat());
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
        assert!(place.path("tuned/adapter").join(name).is_file(), "no {name}");
    }
    let scores = |arguments: &[&str]| -> Vec<f64> {
        let text = ["--json", "the big cat sat on the mat"];
        let run = place.done(&[&["predict"], arguments, &text].concat());
        let score = &run.objects()[0]["score"];
        vec![score.as_f64().unwrap()]
    };
    let whole = scores(&["--model", "tuned"]);
    let adapted = scores(&["--model", &base, "--adapter", "tuned/adapter"]);
    assert!((whole[0] - adapted[0]).abs() < 1e-5, "{whole:?}, {adapted:?}");
}

#[test]
fn fresh_transformers_train_on_characters_also_with_a_validation_file() {
    let place = Workplace::new();
    let text: String = sentences().into_iter().map(|(text, _)| format!("{text}\n")).collect();
    place.write("train.txt", &text);
    place.write("valid.txt", &text);
    let sizes = ["--hidden-size", "16", "--layers", "1", "--heads", "2", "--positions", "16"];
    let how = ["--block-size", "16", "--stream", "--max-steps", "30", "--batch-size", "4"];
    let what = ["--task", "lm", "--arch", "gpt2", "--pre-tokenizer", "characters"];
    let files = ["--train", "train.txt", "--valid", "valid.txt", "--betas", "0.9,0.99"];
    let done = train(&place, "letters", &[&what[..], &files, &sizes, &how].concat());
    assert!(done["valid"]["loss"].as_f64().unwrap() < 3.5, "{done}");
    let run =
        place.done(&["generate", "--model", "letters", "--prompt", "the ", "--max-tokens", "5"]);
    assert!(run.stdout.starts_with("the "), "{}", run.stdout);
}

#[test]
fn what_contradicts_is_refused_before_anything_is_trained() {
    let place = Workplace::new();
    place.write("texts.csv", csv());
    let base = golden("sentence_mean");
    let start = ["train", "--quiet", "--task", "classify", "--out", "o", "--train", "texts.csv"];
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--from", &base, "--lora-alpha", "8"], 2, "--lora-alpha needs --lora-rank"),
        (&["--from", &base, "--lora-rank", "2", "--reinit-last", "1"], 2, "--reinit-last"),
        (&["--from", &base, "--lora-rank", "2", "--lora-targets", "qeury"], 1, "no map \"qeury\""),
        (&["--from", &base, "--unfreeze-last", "9"], 1, "9"),
        (&["--from", "nowhere"], 1, "nowhere"),
        (&["--from", &base, "--max-length", "5", "--no-truncate"], 1, "more than the 5 allowed"),
        (&["--arch", "bert", "--heads", "3"], 1, "does not divide into 3 heads"),
    ];
    for (more, status, expected) in cases {
        let before = place.files();
        place.run(&[&start[..], more].concat()).assert_fails(expected, status, &[expected]);
        assert_eq!(place.files(), before, "{more:?}");
    }
}

#[test]
fn a_run_that_diverges_keeps_the_best_weights_before_that() {
    let place = Workplace::new();
    place.write("texts.csv", csv());
    let base = golden("sentence_mean");
    let start = ["train", "--quiet", "--task", "classify", "--from", &base, "--train", "texts.csv"];
    // The first epoch is evaluated; then the rate, which only rises, is beyond everything.
    let how = ["--valid", "texts.csv", "--epochs", "40", "--lr", "1e30", "--warmup", "1.0"];
    let out = ["--out", "o", "--eval-every", "1", "--clip", "0", "--optimizer", "sgd"];
    let run = place.run(&[&start[..], &how, &out].concat());
    run.assert_fails("diverged", 1, &["is", "step"]);
    if place.path("o").exists() {
        assert!(run.stderr.contains("o has the best weights before that"), "{}", run.stderr);
        place.done(&["predict", "--model", "o", "the cat"]);
    } else {
        assert!(run.stderr.contains("nothing is saved"), "{}", run.stderr);
    }
}
