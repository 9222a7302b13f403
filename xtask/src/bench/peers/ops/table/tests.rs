//! Tests of ratios, verdicts and the table.

use super::super::targets::CASES;
use super::*;

/// Runs of these milliseconds and additional megabytes.
fn runs(values: &[(f64, f64)]) -> Vec<Measured> {
    let run = |&(ms, mb): &(f64, f64)| Measured {
        seconds: ms / 1e3,
        peak_mb: Some(mb + 100.0),
        extra_mb: Some(mb),
        checksum: 1.0,
        others: Some(0.02),
    };
    values.iter().map(run).collect()
}

fn outcome(name: &str, peer: &[(f64, f64)], sconce: &[(f64, f64)]) -> Outcome {
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    Outcome { peer: runs(peer), sconce: runs(sconce), ..Outcome::new(case) }
}

#[test]
fn the_ratio_is_the_median_of_the_rounds_own_ratios() {
    let three = outcome(
        "adamw",
        &[(10.0, 0.0), (40.0, 0.0), (30.0, 0.0)],
        &[(5.0, 0.0), (10.0, 0.0), (10.0, 0.0)],
    );
    assert_eq!(three.speed(), Some(Spread { median: 3.0, least: 2.0, largest: 4.0 }));
    assert_eq!(outcome("adamw", &[], &[(1.0, 0.0)]).speed(), None);
}

#[test]
fn little_memory_is_not_compared() {
    for (mb, expected) in [(9.0, None), (20.0, Some(0.25))] {
        let found = outcome("softmax", &[(1.0, mb)], &[(1.0, mb / 4.0)]).memory();
        assert_eq!(found, expected, "{mb}");
    }
}

#[test]
fn a_case_reaches_its_targets_only_all_together() {
    let cases = [
        ("adamw", (3.0, 50.0), Some(true)),
        ("adamw", (2.9, 50.0), Some(false)),
        ("cross_entropy", (1.5, 50.0), Some(true)),
        ("cross_entropy", (1.5, 51.0), Some(false)),
        ("cross_entropy", (1.4, 50.0), Some(false)),
        ("training_step_memory", (0.1, 60.0), Some(true)),
        ("softmax", (9.0, 1.0), None),
    ];
    for (name, (times, mb), expected) in cases {
        let found = outcome(name, &[(times, 100.0)], &[(1.0, mb)]).reached();
        assert_eq!(found, expected, "{name} {times} {mb}");
    }
    assert_eq!(outcome("adamw", &[], &[(1.0, 1.0)]).reached(), None);
    assert_eq!(outcome("cross_entropy", &[(2.0, 5.0)], &[(1.0, 1.0)]).reached(), None);
}

#[test]
fn a_case_that_others_disturbed_has_reached_nothing() {
    let mut busy = outcome("adamw", &[(30.0, 1.0), (30.0, 1.0)], &[(1.0, 1.0), (1.0, 1.0)]);
    assert!(!busy.is_disturbed());
    busy.sconce[1].others = Some(0.5);
    assert!(busy.is_disturbed() && render(&[busy]).contains("| disturbed |"));
    let mut unknown = outcome("adamw", &[(30.0, 1.0)], &[(1.0, 1.0)]);
    (unknown.peer[0].others, unknown.sconce[0].others) = (None, None);
    assert!(!unknown.is_disturbed());
    unknown.peer[0].others = Some(1.0);
    let expected = "targets: 0 reached, 0 missed, 0 not measured, 1 disturbed by other programs";
    assert!(summary(&[unknown]).starts_with(expected));
}

#[test]
fn three_digits_are_shown() {
    for (value, expected) in [
        (0.002_34, "0.00234"),
        (0.0234, "0.0234"),
        (1.0, "1.00"),
        (23.44, "23.4"),
        (4321.0, "4321"),
    ] {
        assert_eq!(three_digits(value), expected);
    }
}

#[test]
fn the_table_is_markdown_whose_columns_line_up() {
    let mut lacking = outcome("lstm_2x200", &[], &[]);
    lacking.problem = Some(String::from("skipped: no such case on our side"));
    lacking.skipped = true;
    let outcomes = [outcome("cross_entropy", &[(300.0, 224.0)], &[(100.0, 84.0)]), lacking];
    let table = render(&outcomes);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4);
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    assert_eq!(cells(lines[0]), HEAD);
    let target = "≥ 1.5, memory ≤ 0.5";
    let row =
        ["cross_entropy", "300", "100", "3.00 (3.00-3.00)", target, "yes", "224", "84", "0.38"];
    assert_eq!(cells(lines[2]), row);
    assert_eq!(cells(lines[3])[3], "skipped: no such case on our side");
    let width = lines[0].chars().count();
    assert!(lines.iter().all(|line| line.chars().count() == width), "{table}");
    assert_eq!(summary(&outcomes), "targets: 1 reached, 0 missed, 1 not measured");
}

#[test]
fn a_round_is_told_in_one_line() {
    let both = outcome("adamw", &[(30.0, 1.0)], &[(10.0, 1.0)]);
    assert_eq!(both.last_round(), "adamw, PyTorch 30.0 ms, Sconce 10.0 ms, 3.00 times");
    let alone = outcome("adamw", &[], &[(10.0, 1.0)]);
    assert_eq!(alone.last_round(), "adamw, Sconce 10.0 ms");
}

#[test]
fn the_record_holds_targets_ratios_and_every_round() {
    let record = outcome("adamw", &[(30.0, 1.0), (30.0, 1.0)], &[(10.0, 1.0), (5.0, 1.0)]).record();
    assert_eq!(record["case"], "adamw");
    assert_eq!(record["target_speed"], 3.0);
    assert_eq!(record["reached"], true);
    assert_eq!(record["speed_ratio"]["max"], 6.0);
    assert_eq!(record["sconce"].as_array().unwrap().len(), 2);
    assert_eq!(record["problem"], Value::Null);
}
