//! Tests of what joins the sides: seeds, the call that is recorded, what counts as a failure.

use super::*;
use crate::args;

fn args(line: &str) -> Args {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    args::parse(&crate::bench::peers::COMMAND, &words).unwrap()
}

const ROUNDS: Rounds = Rounds { n_rounds: 5, first_seed: 42, n_seeds: 3 };

#[test]
fn rounds_take_the_seeds_in_turn() {
    let seeds: Vec<u64> = (1..=5).map(|round| ROUNDS.seed(round)).collect();
    assert_eq!(seeds, [42, 43, 44, 42, 43]);
}

#[test]
fn the_record_names_the_call_that_gives_it_again() {
    let args = args("transfer --only sst2,ewt --rounds 5 --seeds 3 --limit 64 --threads 1");
    let settings = settings(&args).unwrap();
    assert_eq!(
        command(&args, &settings, ROUNDS),
        "cargo xtask bench --peers transfer --rounds 5 --threads 1 --only sst2,ewt --seeds 3 --limit 64"
    );
    assert!(settings.data.ends_with("limit-64"));
}

#[test]
fn settings_that_measure_nothing_are_refused() {
    for line in ["--rounds 0", "--seeds 0", "--threads 0", "--limit 0", "--epochs 0"] {
        let error = run(&args(&format!("transfer --list {line}"))).unwrap_err().to_string();
        assert!(error.contains("want at least 1"), "{line}: {error}");
    }
    let error = run(&args("transfer --list --only sst")).unwrap_err().to_string();
    assert!(error.contains("did you mean `sst2`"), "{error}");
}

#[test]
fn a_case_without_its_data_is_no_failure_and_one_that_broke_is() {
    let mut outcomes: Vec<Outcome> = cases::CASES[..2].iter().map(Outcome::new).collect();
    outcomes[0].problem = Some(String::from("skipped: no archive"));
    outcomes[0].skipped = true;
    assert!(failures(&outcomes).is_ok());
    outcomes[1].problem = Some(String::from("failed: no memory"));
    assert_eq!(failures(&outcomes).unwrap_err().to_string(), "failed: conll");
}

#[test]
fn the_section_says_what_was_skipped_and_invents_nothing() {
    let programs = Programs {
        python: None,
        peer_skipped: Some(String::from("not installed: torch==2.0.0 (absent)")),
        versions: Value::Null,
        binary: PathBuf::from("sconce"),
    };
    let args = args("transfer --limit 64");
    let outcomes = [Outcome::new(&cases::CASES[0])];
    let text = section(&outcomes, &programs, &settings(&args).unwrap(), &args, ROUNDS);
    assert!(
        text.contains("PyTorch not run") && text.contains("The peer was skipped: not installed")
    );
    assert!(text.contains("| not measured |"), "{text}");
}
