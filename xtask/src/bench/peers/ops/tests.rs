//! Tests of what joins the sides: which cases run, and what counts as a failure.

use super::*;
use crate::args;

fn args(line: &str) -> Args {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    args::parse(&crate::bench::peers::COMMAND, &words).unwrap()
}

#[test]
fn the_record_names_the_call_that_gives_it_again() {
    let settings = Settings { threads: 2, seconds: 0.5 };
    assert_eq!(
        command(&args("ops --only adamw"), 3, settings),
        "cargo xtask bench --peers ops --rounds 3 --seconds 0.5 --threads 2 --only adamw"
    );
    assert!(command(&args("ops"), 3, settings).ends_with("--threads 2"));
}

#[test]
fn settings_that_measure_nothing_are_refused() {
    for line in ["ops --rounds 0", "ops --threads 0", "ops --seconds -1", "ops --seconds NaN"] {
        let error = run(&args(line)).unwrap_err().to_string();
        assert!(error.contains("wants at least"), "{line}: {error}");
    }
}

#[test]
fn a_case_that_a_side_lacks_is_no_failure_and_one_that_broke_is() {
    let mut outcomes: Vec<Outcome> = targets::CASES[..2].iter().map(Outcome::new).collect();
    outcomes[0].problem = Some(String::from("skipped: no such case on our side"));
    outcomes[0].skipped = true;
    assert!(failures(&outcomes).is_ok());
    outcomes[1].problem = Some(String::from("failed: no memory"));
    let error = failures(&outcomes).unwrap_err().to_string();
    assert_eq!(error, "failed: encoder_layer_equal");
}
