//! `sconce tokenizer`.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Run, Workplace};

/// The folder of a small tokenizer, and what transformers makes of texts with it.
fn golden(name: &str) -> (String, Value) {
    let goldens = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../sconce-text-pipeline/tests/golden/tokenizer_folders");
    let truth = fs::read(goldens.join(format!("{name}.json"))).unwrap();
    let folder = goldens.join(name).to_str().unwrap().to_owned();
    (folder, serde_json::from_slice(&truth).unwrap())
}

/// Runs with something on stdin.
fn piped(place: &Workplace, arguments: &[&str], input: &str) -> Run {
    place.write("stdin", input);
    let mut command = place.command(arguments);
    command.stdin(Stdio::from(fs::File::open(place.path("stdin")).unwrap()));
    Run::from(command.output().unwrap())
}

#[test]
fn texts_get_the_ids_that_transformers_gives_them() {
    let place = Workplace::new();
    for name in ["bert_uncased", "gpt2", "albert"] {
        let (folder, truth) = golden(name);
        for row in truth["texts"].as_array().unwrap() {
            let text = row["text"].as_str().unwrap();
            let encode = ["tokenizer", "encode", "--tokenizer", &folder, "--json", "--", text];
            let found = &place.done(&encode).objects()[0];
            assert_eq!(found["ids"], row["ids"], "{name}: {text:?}");
            assert_eq!(found["spans"], row["spans"], "{name}: {text:?}");
            assert_eq!(found["type_ids"], row["types"], "{name}: {text:?}");
            assert_eq!(found["n_left_out"], 0);
        }
    }
}

#[test]
fn ids_of_encode_are_read_by_decode_in_every_form() {
    let place = Workplace::new();
    let (folder, _) = golden("bert_uncased");
    place.write("texts.txt", "the quick fox\nis amused\n");
    let encode = ["tokenizer", "encode", "--tokenizer", &folder, "--input", "texts.txt"];
    let decode = ["tokenizer", "decode", "--tokenizer", &folder, "--input", "-"];
    let plain = place.done(&encode).stdout;
    let json = place.done(&[&encode[..], &["--json"]].concat()).stdout;
    assert_eq!(plain.lines().count(), 2);
    for ids in [&plain, &json] {
        let run = piped(&place, &decode, ids);
        assert_eq!(run.stdout, "the quick fox\nis amused\n", "{ids}: {run:?}");
    }
    place.write("ids.txt", &plain);
    let from_file = ["tokenizer", "decode", "--tokenizer", &folder, "--input", "ids.txt"];
    let run = place.done(&[&from_file[..], &["--keep-special", "--json"]].concat());
    assert_eq!(run.objects()[1]["text"], "[CLS] is amused [SEP]");
    let ids = plain.lines().next().unwrap().split(' ');
    let run = place.done(&[&from_file[..4], &ids.collect::<Vec<_>>()].concat());
    assert_eq!(run.stdout, "the quick fox\n");
}

#[test]
fn pairs_are_joined_and_cut_as_asked() {
    let place = Workplace::new();
    let (folder, _) = golden("bert_uncased");
    place.write("pairs.csv", "sentence1,sentence2\nthe quick fox,is amused\nthe fox,is\n");
    let encode = ["tokenizer", "encode", "--tokenizer", &folder, "--tokens", "--pair"];
    let run = |more: &[&str]| place.done(&[&encode[..], more].concat());
    let whole = run(&["the fox", "is amused"]).stdout;
    assert!(whole.starts_with("[CLS] the "), "{whole}");
    assert_eq!(whole.matches("[SEP]").count(), 2, "{whole}");
    assert_eq!(run(&["--input", "pairs.csv"]).stdout.lines().count(), 2);
    let piped = piped(&place, &[&encode[..], &["--input", "-"]].concat(), "the fox\tis amused\n");
    assert_eq!(piped.stdout, whole);
    for (strategy, expected) in [
        ("only_first", "[CLS] the [SEP] is [SEP]\n"),
        ("longest_first", "[CLS] the [SEP] is [SEP]\n"),
    ] {
        let cut = run(&["the fox", "is", "--max-length", "5", "--truncate", strategy]);
        assert_eq!(cut.stdout, expected, "{strategy}");
        assert!(cut.stderr.contains("1 of 1 text cut to 5 tokens"), "{}", cut.stderr);
    }
}

#[test]
fn inspect_says_what_a_tokenizer_is_made_of() {
    let place = Workplace::new();
    for (name, kind, part, special) in [
        ("bert_uncased", "WordPiece", "BertNormalizer", "cls [CLS] (2)"),
        ("gpt2", "BPE", "ByteLevel", "eos <|endoftext|>"),
        ("albert", "Unigram", "Metaspace", "unk <unk>"),
    ] {
        let (folder, truth) = golden(name);
        let page = place.done(&["tokenizer", "inspect", &folder]).stdout;
        for expected in [kind, part, special, "decoded"] {
            assert!(page.contains(expected), "{name}: no {expected} in {page}");
        }
        let inspect = ["tokenizer", "inspect", &folder, "--json", "--sample", "the fox"];
        let found = &place.done(&inspect).objects()[0];
        assert_eq!(found["vocab_size"], truth["vocab_size"], "{name}");
        assert_eq!(found["model"]["type"], kind, "{name}");
        assert_eq!(found["sample"]["text"], "the fox");
        assert_eq!(
            found["sample"]["ids"].as_array().map(Vec::len),
            Some(found["sample"]["tokens"].as_array().unwrap().len())
        );
    }
}

#[test]
fn wrong_calls_and_bad_files_say_what_to_do() {
    let place = Workplace::new();
    let (folder, _) = golden("bert_uncased");
    place.write("ids.txt", "2 3\n2 x\n");
    place.write("broken.json", "{\"model\": ");
    for (arguments, status, expected) in [
        (&["encode"][..], 2, "missing --tokenizer"),
        (&["encode", "--tokenizer", &folder], 2, "nothing to encode"),
        (&["encode", "--tokenizer", &folder, "--input", "f", "text"], 2, "not both"),
        (&["encode", "--tokenizer", &folder, "--pair", "a"], 2, "two by two, 1 given"),
        (&["encode", "--tokenizer", &folder, "--truncate", "only_frist", "a"], 2, "only_first?"),
        (&["encode", "--tokenizer", &folder, "--tokns", "a"], 2, "did you mean --tokens?"),
        (&["encode", "--tokenizer", &folder, "--max-length", "1", "a"], 1, "text 1: "),
        (&["encode", "--tokenizer", "gone.json", "a"], 1, "gone.json: no such file"),
        (&["encode", "--tokenizer", "broken.json", "a"], 1, "broken.json: corrupt"),
        (&["decode", "--tokenizer", &folder], 2, "nothing to decode"),
        (&["decode", "--tokenizer", &folder, "2", "99999"], 1, "no token has the id 99999"),
        (&["decode", "--tokenizer", &folder, "--input", "gone"], 1, "gone: no such file"),
        (&["inspect", "gone.model"], 1, "gone.model: no such file"),
        (&["inspect", "."], 1, ".: no tokenizer"),
        (&["encod"], 2, "did you mean encode?"),
    ] {
        let arguments = [&["tokenizer"][..], arguments].concat();
        place.run(&arguments).assert_fails(&arguments.join(" "), status, &[expected]);
    }
    let run = place.run(&["tokenizer", "decode", "--tokenizer", &folder, "--input", "ids.txt"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("ids.txt:2: \"x\" is no id"), "{}", run.stderr);
}

#[test]
fn every_option_is_a_key_of_a_file() {
    let place = Workplace::new();
    let (folder, _) = golden("bert_uncased");
    place.write("c.toml", format!("tokenizer = {folder:?}\ntokens = true\nmax-length = 3\n"));
    let run = place.done(&["tokenizer", "encode", "--config", "c.toml", "the fox"]);
    assert_eq!(run.stdout, "[CLS] the [SEP]\n");
    let over = ["tokenizer", "encode", "--config", "c.toml", "--tokens=false", "the fox"];
    assert!(place.done(&over).stdout.starts_with("2 "), "a flag did not win");
    place.write("c.toml", "tokenzier = 1\n");
    place.run(&["tokenizer", "encode", "--config", "c.toml", "a"]).assert_fails(
        "key",
        1,
        &["c.toml:1: unknown key \"tokenzier\"; did you mean \"tokenizer\"?"],
    );
}

/// Text for training, more of it than there are tokens.
fn corpus() -> String {
    let texts = crate::harness::reviews(200, 3);
    texts.into_iter().map(|(text, _)| text + ".\n").collect()
}

#[test]
fn every_kind_of_model_is_trained_and_gives_texts_back() {
    let place = Workplace::new();
    place.write("corpus.txt", corpus());
    for (model, preset, size) in [
        ("bpe", "gpt2", "300"),
        ("bpe", "roberta", "300"),
        ("bpe", "sentencepiece", "60"),
        ("wordpiece", "bert", "60"),
        ("unigram", "sentencepiece", "60"),
        ("word", "words", "60"),
    ] {
        let train =
            ["tokenizer", "train", "--model", model, "--preset", preset, "--vocab-size", size];
        let train =
            [&train[..], &["--input", "corpus.txt", "--out", "t.json", "--json", "--quiet"]]
                .concat();
        let done = place.done(&train).objects()[0].clone();
        assert_eq!((&done["event"], &done["texts"]), (&"done".into(), &200.into()), "{model}");
        let n = done["vocab_size"].as_u64().unwrap();
        assert!(0 < n && n <= size.parse().unwrap(), "{model} {preset}: {n} tokens");
        let ids = place.done(&["tokenizer", "encode", "--tokenizer", "t.json", "the lovely film"]);
        let decoded = piped(
            &place,
            &["tokenizer", "decode", "--tokenizer", "t.json", "--input", "-"],
            &ids.stdout,
        );
        assert_eq!(decoded.stdout.trim_end(), "the lovely film", "{model} {preset}");
        // The settings that are kept give the same file.
        let bytes = fs::read(place.path("t.json")).unwrap();
        place.done(&["tokenizer", "train", "--config", "t.settings.toml", "--out", "u.json"]);
        assert!(fs::read(place.path("u.json")).unwrap() == bytes, "{model} {preset}");
    }
}

#[test]
fn texts_of_data_files_train_as_lines_do_whatever_threads_and_memory() {
    let place = Workplace::with_reviews();
    let train = |out: &str, more: &[&str]| {
        let train =
            ["tokenizer", "train", "--model", "wordpiece", "--vocab-size", "80", "--out", out];
        place.done(&[&train[..], &["--quiet", "--input"], more].concat());
        fs::read(place.path(out)).unwrap()
    };
    let csv = train("a.json", &["train.csv"]);
    place.done(&["data", "convert", "train.csv", "lines.txt", "--columns", "text"]);
    assert!(csv == train("b.json", &["lines.txt"]), "lines");
    assert!(csv == train("c.json", &["train.csv", "--threads", "1"]), "threads");
    assert!(csv == train("d.json", &["train.csv", "--max-memory", "1"]), "memory");
    assert!(csv == train("e.json", &["train.csv", "--text-column", "text"]), "column");
    assert!(
        csv != train("f.json", &["train.csv", "test.csv", "--min-frequency", "1"]),
        "two files"
    );
}

#[test]
fn options_of_training_reach_the_tokenizer() {
    let place = Workplace::new();
    place.write("corpus.txt", "The Café is OPEN\n".repeat(20));
    let train = |more: &[&str]| {
        let train = ["tokenizer", "train", "--input", "corpus.txt", "--out", "t.json", "--quiet"];
        place.done(&[&train[..], more].concat());
        place.done(&["tokenizer", "inspect", "t.json", "--json", "--sample", "The Café"]).objects()
            [0]
        .clone()
    };
    let word = train(&["--model", "word", "--lowercase", "true", "--special-tokens", "<a>", "<b>"]);
    assert_eq!(word["all_special_tokens"], serde_json::json!(["[PAD]", "[UNK]", "<a>", "<b>"]));
    assert_eq!(word["sample"]["tokens"], serde_json::json!(["the", "café"]));
    let cased = train(&["--model", "wordpiece", "--lowercase", "false", "--vocab-size", "100"]);
    assert_eq!(cased["sample"]["tokens"], serde_json::json!(["[CLS]", "The", "Café", "[SEP]"]));
    let plain = train(&["--model", "wordpiece", "--strip-accents", "true", "--vocab-size", "100"]);
    assert_eq!(plain["sample"]["tokens"], serde_json::json!(["[CLS]", "the", "cafe", "[SEP]"]));
    let few = train(&[
        "--model",
        "bpe",
        "--preset",
        "sentencepiece",
        "--limit-alphabet",
        "3",
        "--vocab-size",
        "40",
    ]);
    assert!(few["vocab_size"].as_u64() < cased["vocab_size"].as_u64(), "{few}");
}

#[test]
fn training_that_cannot_be_says_why_and_writes_nothing() {
    let place = Workplace::new();
    place.write("corpus.txt", corpus());
    place.write("empty.txt", "");
    place.write("latin.txt", b"a film\ncaf\xe9\n");
    place.write("recipe.json", "{\"model\": {\"type\": \"BPEE\"}}");
    let good = ["--model", "bpe", "--input", "corpus.txt", "--out", "t.json"];
    for (arguments, status, expected) in [
        (&[][..], 2, "missing --input"),
        (&["--model", "bpe", "--input", "corpus.txt"], 2, "missing --out"),
        (
            &["--model", "bep", "--input", "corpus.txt", "--out", "t.json"],
            2,
            "did you mean \"bpe\"?",
        ),
        (&[&good[..], &["--preset", "bert"]].concat(), 2, "not for --model bpe; there is: gpt2"),
        (&[&good[..], &["--preset", "gtp2"]].concat(), 2, "did you mean gpt2?"),
        (&[&good[..], &["--vocab-size", "0"]].concat(), 2, "for --vocab-size"),
        (&[&good[..], &["--vocabsize", "9"]].concat(), 2, "did you mean --vocab-size?"),
        (
            &[
                "--model",
                "word",
                "--limit-alphabet",
                "9",
                "--input",
                "corpus.txt",
                "--out",
                "t.json",
            ],
            2,
            "not for this model",
        ),
        (
            &["--model", "bpe", "--input", "gone.txt", "--out", "t.json"],
            1,
            "gone.txt: no such file",
        ),
        (
            &["--model", "bpe", "--input", "latin.txt", "--out", "t.json"],
            1,
            "latin.txt:2: not valid UTF-8",
        ),
        (&["--model", "bpe", "--input", "corpus.txt", "--out", "nix/t.json"], 1, "the folder nix"),
        (
            &["--recipe", "recipe.json", "--input", "corpus.txt", "--out", "t.json"],
            1,
            "recipe.json: not a recipe",
        ),
        (
            &["--recipe", "gone.json", "--input", "corpus.txt", "--out", "t.json"],
            1,
            "gone.json: no such file",
        ),
    ] {
        let before = place.files();
        let arguments = [&["tokenizer", "train"][..], arguments].concat();
        place.run(&arguments).assert_fails(&arguments.join(" "), status, &[expected]);
        assert_eq!(place.files(), before, "{arguments:?}");
    }
}
