//! Tests of ratios, verdicts and the tables.

use super::super::cases::CASES;
use super::*;

/// Runs of these rates, peaks in MB and values of the metric that counts.
fn runs(case: &Case, values: &[(f64, f64, f64)]) -> Vec<Measured> {
    let metric = case.quality.as_ref().map_or("none", |quality| quality.metric);
    let run = |&(rate, peak, value): &(f64, f64, f64)| Measured {
        rate: Some(rate),
        peak_mb: Some(peak),
        metrics: json!({ metric: value }),
        others: Some(0.02),
        ..Measured::default()
    };
    values.iter().map(run).collect()
}

fn outcome(name: &str, peers: &[&[(f64, f64, f64)]], sconce: &[(f64, f64, f64)]) -> Outcome {
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    let peers = peers.iter().map(|values| runs(case, values)).collect();
    Outcome { peers, sconce: runs(case, sconce), ..Outcome::new(case) }
}

/// Targets and whether they are reached.
fn reached(outcome: &Outcome) -> Vec<(String, Option<bool>)> {
    outcome.verdicts().into_iter().map(|verdict| (verdict.target, verdict.reached)).collect()
}

#[test]
fn every_target_is_judged_by_itself() {
    let both = outcome(
        "sst2",
        &[
            &[(30.0, 2200.0, 0.86), (30.0, 2200.0, 0.87)],
            &[(64.0, 2000.0, 0.86), (70.0, 2000.0, 0.86)],
        ],
        &[(96.0, 850.0, 0.85), (96.0, 901.0, 0.86)],
    );
    let expected = [
        ("3.00 times as fast as usual", true),
        ("1.50 times as fast as best", false),
        ("100 examples a second", false),
        ("at most 900 MB", false),
        ("accuracy at most 1 points lower", true),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(target, is)| ((*target).to_owned(), Some(*is))).collect();
    assert_eq!(reached(&both), expected);
    assert_eq!(both.verdicts()[4].found.as_deref(), Some("-1.00"));
}

#[test]
fn a_loss_has_a_bound_of_its_own() {
    for (loss, expected) in [(1.879, true), (1.881, false)] {
        let one = outcome("nanogpt", &[&[(400.0, 500.0, 1.9)]], &[(500.0, 100.0, loss)]);
        assert_eq!(reached(&one)[1], ("loss at most 1.88".to_owned(), Some(expected)));
        assert_eq!(reached(&one)[0].1, Some(false), "500 is 1.25 times 400, not 1.33");
    }
}

#[test]
fn without_a_run_of_the_peer_only_what_stands_alone_is_judged() {
    let alone = outcome("sst2", &[&[], &[]], &[(101.0, 800.0, 0.86)]);
    let judged: Vec<Option<bool>> = reached(&alone).into_iter().map(|(_, is)| is).collect();
    assert_eq!(judged, [None, None, Some(true), Some(true), None]);
    let table = sides(&[alone]);
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[test]
fn a_disturbed_run_tells_quality_and_no_speed() {
    let mut one = outcome("conll", &[&[(30.0, 2000.0, 0.9)]], &[(90.0, 700.0, 0.9)]);
    assert!(targets(std::slice::from_ref(&one)).matches("| yes ").count() == 2);
    one.sconce[0].others = Some(0.5);
    let table = targets(&[one]);
    assert!(table.contains("| disturbed ") && table.contains("| yes "), "{table}");
}

#[test]
fn the_tables_are_markdown_whose_columns_line_up() {
    let mut lacking = outcome("squad", &[&[]], &[]);
    lacking.problem = Some(String::from("skipped: qa.tar.xz is not there"));
    let both = outcome(
        "ewt",
        &[&[(50.0, 2000.0, 0.95), (50.0, 2000.0, 0.951)]],
        &[(150.0, 700.0, 0.952), (160.0, 710.0, 0.95)],
    );
    let table = sides(&[both, lacking]);
    let lines: Vec<&str> = table.lines().collect();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    assert_eq!(cells(lines[0]), SIDES);
    let peer = ["ewt", "peer, usual", "50.0 examples", "2000", "accuracy 95.05 (95.00-95.10)"];
    assert_eq!(cells(lines[2])[..5], peer);
    assert_eq!(cells(lines[2])[5], "3.10 (3.00-3.20)");
    assert_eq!(cells(lines[3])[..4], ["ewt", "Sconce", "155.0 examples", "710"]);
    assert_eq!(cells(lines[4])[..2], ["squad", "skipped: qa.tar.xz is not there"]);
    let width = lines[0].chars().count();
    assert!(lines.iter().all(|line| line.chars().count() == width), "{table}");
}

#[test]
fn a_round_is_told_in_one_line() {
    let both = outcome("ewt", &[&[(50.0, 2000.0, 0.95)]], &[(150.0, 700.0, 0.952)]);
    let expected = "ewt: usual 50.0/s accuracy 95.00, Sconce 150.0/s accuracy 95.20";
    assert_eq!(both.last_round(), expected);
}

#[test]
fn the_record_holds_targets_ratios_and_every_round() {
    let both = outcome("ewt", &[&[(50.0, 2000.0, 0.95)]], &[(150.0, 700.0, 0.952)]);
    let record = both.record();
    assert_eq!(record["peer"][0]["speed_ratio"]["median"], 3.0);
    assert_eq!(record["targets"][1]["reached"], true);
    assert_eq!(record["sconce"][0]["metrics"]["accuracy"], 0.952);
    assert_eq!(record["problem"], Value::Null);
}
