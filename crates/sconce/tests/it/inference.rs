//! Models of every kind, used from the command line: folders as transformers and
//! sentence-transformers wrote them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Run, Workplace};

/// A tiny model of the tests of `sconce-models`.
fn golden(name: &str) -> String {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sconce-models/tests/golden");
    folders.join(name).canonicalize().unwrap().display().to_string()
}

fn expected(name: &str) -> Value {
    let path = PathBuf::from(golden(name)).join("expected.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        // Single precision against double, through a layer.
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}

/// Runs with a text on stdin.
fn piped(place: &Workplace, arguments: &[&str], input: &str) -> Run {
    let mut command = place.command(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Run::from(child.wait_with_output().unwrap())
}

#[test]
fn vectors_are_those_of_sentence_transformers_in_every_form() {
    let place = Workplace::new();
    let (model, expected) = (golden("sentence_mean"), expected("sentence_mean"));
    let texts: Vec<&str> =
        expected["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    place.write("texts.txt", texts.join("\n"));
    let wanted = numbers(&expected["embeddings"]["data"]);
    for out in ["x.npy", "x.safetensors", "x.jsonl"] {
        let arguments =
            ["embed", "--model", &model, "--input", "texts.txt", "--out", out, "--json"];
        let run = place.done(&arguments);
        let done = &run.objects()[0];
        assert_eq!(
            (&done["event"], &done["texts"], &done["dim"]),
            (&"done".into(), &5.into(), &16.into())
        );
        assert!(run.stderr.contains("1 of 5 texts was cut to 12 tokens"), "{}", run.stderr);
        let bytes = fs::read(place.path(out)).unwrap();
        if out == "x.jsonl" {
            let rows = String::from_utf8(bytes).unwrap();
            let row = |line| numbers(&serde_json::from_str::<Value>(line).unwrap()["embedding"]);
            assert_close(&rows.lines().flat_map(row).collect::<Vec<_>>(), &wanted);
        } else {
            // Whatever stands before them, the numbers are the end of the file.
            let tail = &bytes[bytes.len() - 4 * wanted.len()..];
            let number = |b: &[u8; 4]| f64::from(f32::from_le_bytes(*b));
            assert_close(&tail.as_chunks().0.iter().map(number).collect::<Vec<_>>(), &wanted);
        }
    }
    // And on stdout; `predict` says the same.
    for command in ["embed", "predict"] {
        let run = place.done(&[command, "--model", &model, "--json", texts[0]]);
        assert_close(&numbers(&run.objects()[0]["embedding"]), &wanted[..16]);
    }
    let run = place.done(&["embed", "--model", &model, "--pooling", "cls", "--json", texts[0]]);
    assert!((numbers(&run.objects()[0]["embedding"])[0] - wanted[0]).abs() > 1e-3);
    let run =
        place.done(&["embed", "--model", &golden("bert_masked_lm"), "--normalize=false", texts[0]]);
    assert_eq!(run.stdout.split_whitespace().count(), 16);
}

#[test]
fn similarity_is_the_cosine_or_what_a_cross_encoder_says() {
    let place = Workplace::new();
    let run =
        place.done(&["similarity", "--model", &golden("sentence_mean"), "the cat", "the cat"]);
    assert_eq!(run.stdout, "1.0000\n");
    let (model, expected) = (golden("cross_encoder"), expected("cross_encoder"));
    let texts = |key: &str| -> Vec<String> {
        serde_json::from_value(expected[format!("texts.{key}")].clone()).unwrap()
    };
    let (firsts, seconds) = (texts("first"), texts("second"));
    let scores = numbers(&expected["scores"]["data"]);
    let lines: Vec<String> =
        firsts.iter().zip(&seconds).map(|(a, b)| format!("{a}\t{b}\n")).collect();
    let run = piped(
        &place,
        &["similarity", "--model", &model, "--input", "-", "--json"],
        &lines.concat(),
    );
    let found = |object: &Value| object["similarity"].as_f64().unwrap();
    assert_close(&run.objects().iter().map(found).collect::<Vec<_>>(), &scores);
    // As a model of pairs it gives the same number.
    let csv = firsts.iter().zip(&seconds).map(|(a, b)| format!("\"{a}\",\"{b}\"\n"));
    place.write("pairs.csv", format!("sentence1,sentence2\n{}", csv.collect::<String>()));
    let run = place.done(&["predict", "--model", &model, "--input", "pairs.csv", "--json"]);
    let value = |object: &Value| object["value"].as_f64().unwrap();
    assert_close(&run.objects().iter().map(value).collect::<Vec<_>>(), &scores);
    assert_eq!(run.objects()[0]["pair"], seconds[0].as_str());
    let run =
        place.done(&["predict", "--model", &model, "--json", &firsts[0], "--pair", &seconds[0]]);
    assert_close(&[value(&run.objects()[0])], &scores[..1]);
}

#[test]
fn tags_come_as_entities_or_as_the_columns_of_a_file() {
    let place = Workplace::new();
    let model = golden("bert_token_classification");
    let run =
        place.done(&["predict", "--model", &model, "--json", "Whó walked  slowly by the river."]);
    let row = &run.objects()[0];
    let text = row["text"].as_str().unwrap();
    for key in ["words", "entities"] {
        let parts = row[key].as_array().unwrap();
        assert!(!parts.is_empty(), "{key}");
        for part in parts {
            let place = |key: &str| part[key].as_u64().unwrap() as usize;
            let shown = part.get("word").unwrap_or(&part["text"]).as_str().unwrap();
            assert_eq!(&text[place("start")..place("end")], shown);
            assert!(part["score"].as_f64().unwrap() > 0.25);
        }
    }
    let simple =
        place.done(&["predict", "--model", &model, "--aggregation", "simple", "--json", text]);
    assert_ne!(simple.objects()[0]["entities"], row["entities"]);
    place.write("new.conll", "The\ncat\nwalked\n\nfrogs\n");
    let run = place.done(&["predict", "--model", &model, "--input", "new.conll"]);
    let words: Vec<&str> =
        run.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(words, ["The", "cat", "walked", "", "frogs", ""]);
    let run = place.done(&["predict", "--model", &model, "the cat"]);
    assert!(run.stdout.contains("cat"), "{}", run.stdout);
}

#[test]
fn questions_are_answered_from_a_text_or_a_file() {
    let place = Workplace::new();
    let model = golden("bert_question_answering");
    let context = "Thé young dog sat on the old mat. A small red bird walked slowly by the river, and \
                   the cat ran by the green tree house.";
    let ask = ["answer", "--model", &model, "--question", "Who walked?", "--context", context];
    let run = place.done(&[&ask[..], &["--top-k", "3", "--max-length", "24", "--json"]].concat());
    let row = &run.objects()[0];
    assert_eq!(row["answers"].as_array().unwrap().len(), 3);
    for answer in row["answers"].as_array().unwrap() {
        let at = |key: &str| answer[key].as_u64().unwrap() as usize;
        assert_eq!(&context[at("start")..at("end")], answer["text"].as_str().unwrap());
    }
    assert_eq!(
        (&row["answer"], &row["score"]),
        (&row["answers"][0]["text"], &row["answers"][0]["score"])
    );
    place.write("context.txt", context);
    let from_file =
        ["answer", "--model", &model, "--question", "Who walked?", "--context-file", "context.txt"];
    let run = place.done(&[&from_file[..], &["--max-length", "24"]].concat());
    assert!(run.stdout.starts_with(row["answer"].as_str().unwrap()), "{}", run.stdout);
    let line = serde_json::json!({ "id": "q1", "question": "Who walked?", "context": context });
    place.write("questions.jsonl", format!("{line}\n"));
    let run = place.done(&[
        "predict",
        "--model",
        &model,
        "--input",
        "questions.jsonl",
        "--max-length",
        "24",
        "--json",
        "--no-answer",
    ]);
    let found = &run.objects()[0];
    assert_eq!((&found["id"], &found["answer"]), (&"q1".into(), &row["answer"]));
    assert!(found["no_answer"].as_f64().unwrap() > 0.);
}

#[test]
fn masks_are_filled_however_they_are_written() {
    let place = Workplace::new();
    let model = golden("bert_masked_lm");
    let run = place.done(&[
        "fill-mask",
        "--model",
        &model,
        "The old [MASK] sat.",
        "--json",
        "--top-k",
        "3",
    ]);
    let best: Vec<u64> = run.objects()[0]["masks"][0]
        .as_array()
        .unwrap()
        .iter()
        .map(|filling| filling["id"].as_u64().unwrap())
        .collect();
    assert_eq!(best, [4, 22, 58]);
    let run = place.done(&["fill-mask", "--model", &model, "The old <mask> sat."]);
    assert_eq!(run.stdout.lines().count(), 5);
    assert!(run.stdout.lines().nth(1).unwrap().ends_with("the old house sat."), "{}", run.stdout);
    place.write("texts.txt", "a [MASK]\nno mask\n");
    place.run(&["fill-mask", "--model", &model, "--input", "texts.txt"]).assert_fails(
        "no mask",
        1,
        &["texts.txt:2: it has no mask; write [MASK]"],
    );
}

#[test]
fn texts_are_continued_as_transformers_does() {
    let place = Workplace::new();
    let model = golden("generation_gpt2");
    let base = ["generate", "--model", &model, "--max-tokens", "8"];
    let generate = |more: &[&str]| place.done(&[&base[..], more].concat());
    assert_eq!(generate(&["--prompt", "the cat"]).stdout, "the cat catp,pqqo.\n");
    assert_eq!(generate(&["--prompt", "the cat", "--stream"]).stdout, "the cat catp,pqqo.\n");
    assert_eq!(
        generate(&["--prompt", "the cat", "--beams", "3", "--only-new"]).stdout,
        " catp,a,po.\n"
    );
    assert_eq!(generate(&["--prompt", "the cat", "--stop", ",", "--only-new"]).stdout, " catp\n");
    let run = piped(&place, &[&base[..], &["--json", "--logprobs=2"]].concat(), "the cat\n");
    let row = &run.objects()[0];
    assert_eq!(
        (&row["full_text"], &row["finish"]),
        (&"the cat catp,pqqo.".into(), &"length".into())
    );
    assert_eq!((&row["n_tokens"], row["tokens"].as_array().unwrap().len()), (&8.into(), 8));
    assert_eq!(row["tokens"][0]["alternatives"][0]["id"], row["tokens"][0]["id"]);
    assert!(row["tokens_per_second"].as_f64().unwrap() > 0.);
    let drawn = |seed: &str| {
        generate(&["--prompt", "x", "--temperature", "1", "--seed", seed, "--n", "2"]).stdout
    };
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
    let objects = generate(&["--prompt", "x", "--stream", "--json"]).objects();
    let streamed = objects.iter().filter(|object| object["event"] == "text");
    let streamed: String = streamed.map(|object| object["text"].as_str().unwrap()).collect();
    assert_eq!(objects.last().unwrap()["text"], streamed.as_str());
    place.write("settings.toml", "max-tokens = 8\nstop = [\",\", \"q\"]\nonly-new = true\n");
    let run = place.done(&[
        "generate",
        "--model",
        &model,
        "--prompt",
        "the cat",
        "--config",
        "settings.toml",
    ]);
    assert_eq!(run.stdout, " catp\n");
}

#[test]
fn an_adapter_changes_what_its_model_says() {
    let place = Workplace::new();
    let (base, adapter) = (golden("bert_sequence_classification"), golden("lora_bert"));
    let predict = |more: &[&str]| {
        let arguments = ["predict", "--json", "--top-k", "3", "the old cat sat", "--model"];
        place.done(&[&arguments[..], more].concat()).objects()[0]["scores"].clone()
    };
    let adapted = predict(&[&base, "--adapter", &adapter]);
    assert_ne!(adapted, predict(&[&base]));
    // The adapter's folder names its model, which lies beside it.
    assert_eq!(adapted, predict(&[&adapter]));
    let run = place.done(&["inspect", &base, "--adapter", &adapter, "--json"]);
    assert_eq!(run.objects()[0]["adapters"]["rank"], 4);
}

#[test]
fn inspect_shows_what_a_folder_holds() {
    let place = Workplace::new();
    for (name, fragments) in [
        (
            "bert_token_classification",
            &[
                "BertForTokenClassification, token classifier",
                "tag",
                "4: O, B-PER",
                "layer 1",
                "mask [MASK]",
                "texts cut to 40 tokens",
            ][..],
        ),
        (
            "generation_gpt2",
            &["GPT2LMHeadModel, causal language model", "causal", "lm", "positions"],
        ),
        (
            "sentence_dense",
            &["sentence encoder", "10 numbers: mean, a layer, of length 1", "not sconce"],
        ),
        ("cross_encoder", &["numbers", "regress"]),
        ("bert_question_answering", &["qa", "question answerer"]),
        ("bert_masked_lm", &["mlm", "head"]),
    ] {
        let run = place.done(&["inspect", &golden(name)]);
        for fragment in fragments {
            assert!(run.stdout.contains(fragment), "{name}: no {fragment:?} in {}", run.stdout);
        }
        let object = &place.done(&["inspect", &golden(name), "--json"]).objects()[0];
        assert!(object["n_parameters"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(object["architecture"]["hidden_size"], 16, "{name}");
    }
}

#[test]
fn long_texts_are_cut_with_a_note_or_refused_with_their_line() {
    let place = Workplace::new();
    let model = golden("bert_sequence_classification");
    place.write("texts.txt", "frogs\nthe cat sat on the mat\n");
    let arguments = ["predict", "--model", &model, "--input", "texts.txt", "--max-length", "5"];
    let run = place.done(&arguments);
    assert_eq!(run.stderr, "1 of 2 texts was cut to 5 tokens; --no-truncate refuses such texts\n");
    place.run(&[&arguments[..], &["--no-truncate"]].concat()).assert_fails(
        "refused",
        1,
        &["texts.txt:2: 8 tokens are more than the 5 allowed", "leave out --no-truncate"],
    );
}

#[test]
fn wrong_calls_are_told_from_bad_models() {
    let place = Workplace::new();
    let (bert, gpt) = (golden("bert_masked_lm"), golden("generation_gpt2"));
    place.write("empty/notes.txt", "nothing");
    place.write("texts.txt", "a\n");
    for (arguments, status, fragment) in [
        (
            &["generate", "--model", &bert, "--prompt", "a"][..],
            1,
            "is a masked language model, not a causal",
        ),
        (&["fill-mask", "--model", &gpt, "a"], 1, "not a masked language model"),
        (
            &["answer", "--model", &bert, "--question", "a", "--context", "b"],
            1,
            "not a question answerer",
        ),
        (&["predict", "--model", "empty", "a"], 1, "neither sconce.json nor config.json"),
        (
            &["embed", "--model", &bert, "--input", "texts.txt", "--out", "x.csv"],
            2,
            ".npy, .safetensors, .jsonl",
        ),
        (&["embed", "--model", &bert, "a", "--pooling", "meen"], 2, "did you mean \"mean\"?"),
        (&["similarity", "--model", &bert, "a"], 2, "two texts are compared, 1 given"),
        (&["similarity", "--model", &bert, "--input", "texts.txt"], 1, "texts.txt"),
        (
            &["generate", "--model", &gpt, "--prompt", "a", "--beams", "2", "--top-p", "0.5"],
            2,
            "num_beams 2",
        ),
        (
            &["generate", "--model", &gpt, "--prompt", "a", "--prompt", "b", "--stream"],
            2,
            "one --prompt",
        ),
        (&["answer", "--model", &bert, "--question", "a"], 2, "--context or --context-file"),
        (&["predict", "--model", &bert, "a", "b", "--pair", "c"], 2, "--pair goes with one TEXT"),
        (&["embed", "--model", &bert], 2, "nothing to embed"),
    ] {
        place.run(arguments).assert_fails(&arguments.join(" "), status, &[fragment]);
    }
    assert!(!place.path("x.csv").exists());
}
