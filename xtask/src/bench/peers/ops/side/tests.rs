//! Tests of reading what a side prints.

use super::*;

const CASE: &Case = &CASES[0];

fn line(change: (&str, &str)) -> String {
    let line = r#"{"case": "encoder_layer_packed", "seconds_per_iteration": 2.5e-3, "n_iterations": 10,
        "peak_rss_mb": 700.5, "extra_rss_mb": null, "checksum": 17.25}"#;
    line.replace(change.0, change.1)
}

#[test]
fn a_line_is_read_also_where_the_system_tells_no_memory() {
    let measured = parse(&line(("", "")), CASE).unwrap();
    assert_eq!((measured.seconds, measured.checksum), (2.5e-3, 17.25));
    assert_eq!((measured.peak_mb, measured.extra_mb), (Some(700.5), None));
    assert_eq!(measured.record()["seconds_per_iteration"], 2.5e-3);
}

#[test]
fn a_line_that_is_wrong_is_an_error() {
    let cases = [
        (("encoder_layer_packed", "adamw"), "another case"),
        (("17.25", "null"), "`checksum` is missing"),
        (("17.25", "0"), "`checksum` is 0"),
        (("2.5e-3", "-1"), "`seconds_per_iteration` is -1"),
    ];
    for (change, expected) in cases {
        let error = parse(&line(change), CASE).unwrap_err().to_string();
        assert!(error.contains(expected), "{change:?}: {error}");
    }
    assert!(parse("Traceback", CASE).is_err());
}

#[test]
fn a_side_lists_its_cases_and_none_that_nobody_would_measure() {
    let (names, versions) =
        parse_list(r#"{"cases": ["adamw", "softmax"], "versions": {"torch": "2.15.0"}}"#).unwrap();
    assert_eq!(names, ["adamw", "softmax"]);
    assert_eq!(versions["torch"], "2.15.0");
    let side = Side { program: PathBuf::from("p"), script: None, cases: names, versions };
    assert!(side.has(CASES.iter().find(|case| case.name == "adamw").unwrap()) && !side.has(CASE));
    let error = parse_list(r#"{"cases": ["adamw", "softmin"]}"#).unwrap_err().to_string();
    assert!(error.contains("softmin"), "{error}");
}

#[test]
fn sums_must_agree_more_closely_where_nothing_is_random() {
    let run =
        |checksum| Measured { seconds: 1.0, peak_mb: None, extra_mb: None, checksum, others: None };
    let exact = CASES.iter().find(|case| case.name == "adamw").unwrap();
    for (case, other, expected) in
        [(exact, 1000.9, true), (exact, 1002.0, false), (CASE, 1040.0, true), (CASE, 1100.0, false)]
    {
        let same = same_work(case, &run(1000.0), &run(other));
        assert_eq!(same.is_ok(), expected, "{} {other}", case.name);
        assert_eq!(same_work(case, &run(other), &run(1000.0)).is_ok(), expected, "{other} swapped");
    }
}
