//! The report is read, and a crate over its budget is named.

use super::*;

const REPORT: &str = r#"<script>
const UNIT_DATA = [
  {"name": "serde", "duration": 1.5, "target": " build-script"},
  {"name": "serde", "duration": 2.0, "target": ""},
  {"name": "sconce-metrics", "duration": 3.25, "target": ""}
];
const OTHER = [];"#;

#[test]
fn seconds_of_a_crates_units_are_summed() {
    let seconds = by_crate(REPORT).unwrap();
    assert_eq!(seconds["serde"], 3.5);
    assert_eq!(seconds["sconce-metrics"], 3.25);
    judge(&seconds).unwrap();
    assert!(by_crate("nothing").is_err());
}

#[test]
fn a_crate_over_its_budget_is_named() {
    let seconds = by_crate(&REPORT.replace("3.25", "99.0")).unwrap();
    let error = judge(&seconds).unwrap_err().to_string();
    assert_eq!(error, "over the build budget: sconce-metrics took 99.0 s of 20 s");
}
