//! Tests of the table of cases: what it asks of Sconce is what the peer's script does.

use super::*;
use crate::repo;

/// The text of a file of the peer's script.
fn script(name: &str) -> String {
    std::fs::read_to_string(repo::root().join("benches/peers").join(name)).unwrap()
}

/// What follows a flag of a case.
fn option(name: &str, flag: &str) -> String {
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    let Work::Train { options, .. } = &case.work else { panic!("{name} trains nothing") };
    let all: Vec<&str> = options.iter().chain(FINE_TUNING).copied().collect();
    let at = all.iter().position(|word| *word == flag);
    all[at.unwrap_or_else(|| panic!("{name} has no {flag}")) + 1].to_owned()
}

#[test]
fn every_constant_of_the_peer_is_an_option_of_sconce() {
    let line = |case: &str, names: &str, flags: &[&str]| {
        let values: Vec<String> = flags.iter().map(|flag| option(case, flag)).collect();
        format!("{names} = {}", values.join(", "))
    };
    let sizes = ["--max-length", "--batch-size", "--lr"];
    let cases = [
        (
            "transfer/classification.py",
            line("sst2", "MAX_LENGTH, BATCH_SIZE, LEARNING_RATE", &sizes),
        ),
        (
            "transfer/classification.py",
            line("stsb", "MAX_LENGTH, BATCH_SIZE, LEARNING_RATE", &sizes),
        ),
        ("transfer/tagging.py", line("conll", "MAX_LENGTH, BATCH_SIZE, LEARNING_RATE", &sizes)),
        ("transfer/tagging.py", line("ewt", "MAX_LENGTH, BATCH_SIZE, LEARNING_RATE", &sizes)),
        (
            "transfer/answers.py",
            line(
                "squad",
                "MAX_LENGTH, STRIDE, N_BEST, MAX_ANSWER_LENGTH",
                &["--max-length", "--stride", "--n-best", "--max-answer-length"],
            ),
        ),
        (
            "transfer/answers.py",
            line("squad", "BATCH_SIZE, LEARNING_RATE", &["--batch-size", "--lr"]),
        ),
        (
            "transfer/training.py",
            line(
                "sst2",
                "WEIGHT_DECAY, WARMUP, CLIP, IGNORED",
                &["--weight-decay", "--warmup", "--clip"],
            ) + ".0, -100",
        ),
        (
            "transfer/nanogpt.py",
            line(
                "nanogpt",
                "N_LAYERS, N_HEADS, DIM, BLOCK, BATCH",
                &["--layers", "--heads", "--hidden-size", "--block-size", "--batch-size"],
            ),
        ),
        (
            "transfer/nanogpt.py",
            format!(
                "N_STEPS, N_WARMUP, RATE, LEAST_RATE = {N_STEPS}, {}, {}, 1e-4",
                option("nanogpt", "--warmup"),
                option("nanogpt", "--lr")
            ),
        ),
        (
            "transfer/nanogpt.py",
            format!(
                "BETAS, WEIGHT_DECAY, CLIP = ({}), {}, {}.0",
                option("nanogpt", "--betas").replace(',', ", "),
                option("nanogpt", "--weight-decay"),
                option("nanogpt", "--clip")
            ),
        ),
        ("transfer/decoding.py", format!("N_PROMPT, N_NEW, ROUNDS = 32, {N_NEW}, 3")),
    ];
    for (file, line) in cases {
        let found = script(file).lines().any(|found| found == line);
        assert!(found, "{file} has no line `{line}`");
    }
}

#[test]
fn the_peer_has_every_case_with_the_same_epochs() {
    let main = script("transfer.py");
    for case in CASES {
        assert!(main.contains(&format!("    \"{}\": ", case.name)), "{}", case.name);
        let epochs = match &case.work {
            Work::Train { epochs: Some(epochs), .. } => epochs,
            _ => continue,
        };
        let file = match case.name {
            "sst2" | "stsb" => "transfer/classification.py",
            "squad" => "transfer/answers.py",
            _ => "transfer/tagging.py",
        };
        let expected = format!("args.epochs or {epochs}");
        assert!(script(file).contains(&expected), "{}: {file} has no `{expected}`", case.name);
    }
}

#[test]
fn cases_are_chosen_by_their_names() {
    let names =
        |only| -> Vec<&str> { chosen(only).unwrap().iter().map(|case| case.name).collect() };
    assert_eq!(names(None).len(), CASES.len());
    assert_eq!(names(Some("ewt,sst2")), ["ewt", "sst2"]);
    assert!(chosen(Some("ner")).is_err());
}

#[test]
fn only_what_starts_from_minilm_needs_it() {
    let needing: Vec<&str> =
        CASES.iter().filter(|case| case.needs_minilm()).map(|case| case.name).collect();
    assert_eq!(needing, ["sst2", "conll", "ewt", "stsb", "squad", "embed"]);
}
