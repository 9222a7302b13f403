//! Tests of the calls of both sides and of what they print.

use super::super::cases::CASES;
use super::*;

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap()
}

fn settings(limit: Option<usize>) -> Settings {
    Settings {
        data: PathBuf::from("DATA"),
        scratch: PathBuf::from("SCRATCH"),
        minilm: PathBuf::from("MINILM"),
        threads: 2,
        epochs: None,
        limit,
    }
}

fn sconce_words(name: &str, limit: Option<usize>) -> String {
    process::shown(&sconce_command(Path::new("sconce"), case(name), 7, &settings(limit)).unwrap())
}

#[test]
fn a_fine_tuning_starts_from_minilm_and_a_new_model_does_not() {
    let words = sconce_words("sst2", None).replace('\\', "/");
    for part in [
        "sconce train --json --quiet --train DATA/sst2-train.tsv --test DATA/sst2-test.tsv",
        "--out SCRATCH/sst2",
        "--seed 7 --from MINILM",
        "--warmup 0.1 --clip 1 --epochs 1 --threads 2",
    ] {
        assert!(words.contains(part), "no `{part}` in {words}");
    }
    let words = sconce_words("nanogpt", Some(20));
    assert!(words.ends_with("--seed 7 --max-steps 20 --threads 2"), "{words}");
    assert!(!words.contains("--from") && !words.contains("--epochs"), "{words}");
}

#[test]
fn the_peer_is_told_the_variant_and_the_limit() {
    let command = peer_command(Path::new("python"), case("sst2"), "best", 7, &settings(Some(64)));
    let words = process::shown(&command);
    let end = "sst2 --data DATA --model MINILM --variant best --threads 2 --seed 7 --limit 64";
    assert!(words.ends_with(end), "{words}");
    let words = process::shown(&peer_command(
        Path::new("python"),
        case("embed"),
        "usual",
        7,
        &settings(None),
    ));
    assert!(words.contains("--out SCRATCH") && !words.contains("--limit"), "{words}");
}

#[test]
fn what_the_peer_prints_is_read() {
    let line = r#"{"rate": 30.5, "peak_rss_mb": 2200, "n_steps": 217, "metrics": {"accuracy": 0.86}, "versions": {"torch": "2"}}"#;
    let (measured, versions) = parse_peer(line).unwrap();
    assert_eq!((measured.rate, measured.n_steps), (Some(30.5), Some(217)));
    assert_eq!(measured.metrics["accuracy"], 0.86);
    assert_eq!(versions["torch"], "2");
    assert_eq!(parse_peer("{\"rate\": 1}").unwrap_err().to_string(), "`peak_rss_mb` is missing");
}

#[test]
fn what_sconce_prints_is_read() {
    let done = "{\"event\":\"epoch\"}\n{\"event\":\"done\",\"test\":{\"f1\":0.9},\
                \"examples_per_second\":101,\"peak_rss_mb\":700,\"steps\":217}\n";
    let measured = parse_sconce(done, case("conll")).unwrap();
    assert_eq!((measured.rate, measured.n_steps), (Some(101.0), Some(217)));
    assert_eq!(measured.metrics["f1"], 0.9);
    let generated = "{\"text\":\"w1 w2\",\"tokens_per_second\":90}\n";
    let measured = parse_sconce(generated, case("decode")).unwrap();
    assert_eq!((measured.rate, measured.text.as_deref()), (Some(90.0), Some("w1 w2")));
    let embedded = parse_sconce("{\"sentences_per_second\":500}", case("embed")).unwrap();
    assert_eq!(embedded.rate, Some(500.0));
    let error = parse_sconce("{\"event\":\"epoch\"}", case("conll")).unwrap_err().to_string();
    assert_eq!(error, "the last line is no `done` object");
}

#[test]
fn both_sides_must_have_done_the_same() {
    let steps = |n: u64| Measured { n_steps: Some(n), ..Measured::default() };
    let text = |text: &str| Measured { text: Some(text.to_owned()), ..Measured::default() };
    let agree =
        |name: &str, a: &Measured, b: &Measured| agreement(case(name), a, b, &settings(None));
    assert_eq!(agree("sst2", &steps(217), &steps(217)).unwrap(), None);
    let error = agree("sst2", &steps(217), &steps(216)).unwrap_err().to_string();
    assert!(error.contains("217") && error.contains("216"), "{error}");
    let note = agree("decode", &text("w1 w2"), &text(" w1 w2")).unwrap();
    assert_eq!(note.as_deref(), Some("all 2 tokens equal"));
    let error = agree("decode", &text("w1 w2"), &text("w1 w3 w4")).unwrap_err().to_string();
    assert_eq!(error, "the first 1 tokens are equal, of 2 of the peer and 3 of Sconce");
}
