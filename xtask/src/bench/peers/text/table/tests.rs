//! Tests of the tables.

use serde_json::Map;

use super::super::cases::CASES;
use super::*;

fn run(seconds: f64, peak_mb: f64, tokens: u64) -> Measured {
    let facts = Map::from_iter([("tokens".to_owned(), tokens.into())]);
    Measured { seconds, peak_mb: Some(peak_mb), facts, others: None }
}

fn outcome(name: &str) -> Outcome {
    Outcome::new(CASES.iter().find(|case| case.name == name).unwrap())
}

#[test]
fn ratios_are_those_of_medians_and_targets_are_judged() {
    let mut outcome = outcome("train_bpe");
    outcome.peer = vec![run(9., 900., 5), run(10., 1000., 5), run(30., 900., 5)];
    outcome.sconce = vec![run(6., 300., 5), run(5., 600., 5), run(4., 300., 5)];
    assert_eq!(outcome.speed(), Some(2.));
    let verdicts = outcome.verdicts();
    let reached: Vec<_> = verdicts.iter().map(|verdict| verdict.reached).collect();
    assert_eq!(reached, [Some(true), Some(false)]);
    let table = sides(&[outcome]);
    assert!(table.contains("| 5.00 s (4.00 s-6.00 s)"), "{table}");
    assert!(table.contains("| 600 "), "{table}");
}

#[test]
fn a_case_that_was_not_measured_says_why() {
    let mut skipped = outcome("reload");
    skipped.problem = Some("skipped: no archive".into());
    assert!(sides(&[skipped]).contains("| reload | skipped: no archive |"));
    assert!(targets(&[outcome("reload")]).contains("| at most 20.0 ms |       | not measured |"));
}
