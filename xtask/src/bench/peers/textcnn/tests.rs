//! Tests of comparing the two sides.

use super::*;

fn runs(speeds: &[f64]) -> Vec<Measured> {
    let run =
        |speed: &f64| Measured { examples_per_second: *speed, accuracy: 0.75, peak_rss_mb: 300.0 };
    speeds.iter().map(run).collect()
}

#[test]
fn the_ratio_is_the_median_of_the_rounds() {
    let (peer, sconce) = (runs(&[100.0, 200.0, 100.0]), runs(&[300.0, 400.0, 900.0]));
    assert_eq!(ratio(&peer, &sconce), Some(3.0));
    assert_eq!(ratio(&[], &sconce), None);
}

#[test]
fn the_table_shows_both_sides_or_why_one_is_skipped() {
    let both = table(&runs(&[600.0]), &runs(&[1800.0]), None);
    assert_eq!(
        both,
        "peer           ex/s  accuracy  peak MB\n\
         PyTorch         600    0.7500      300\n\
         Sconce         1800    0.7500      300\n\
         Sconce / PyTorch: 3.00 times (median of 1 rounds)\n"
    );
    let alone = table(&[], &runs(&[1800.0]), Some("not installed: torch==2.0.0 (absent)"));
    assert!(alone.contains("PyTorch    skipped: not installed: torch==2.0.0 (absent)"), "{alone}");
    assert!(!alone.contains("times"), "{alone}");
}

#[test]
fn what_the_peer_prints_is_read() {
    let line = r#"{"examples_per_second": 640.5, "test_accuracy": 0.74, "peak_rss_mb": 900, "versions": {"torch": "2"}}"#;
    let (measured, versions) = parse_peer(line).unwrap();
    assert_eq!(measured.examples_per_second, 640.5);
    assert_eq!(versions["torch"], "2");
    let error = parse_peer("{\"examples_per_second\": 1}").err().unwrap();
    assert_eq!(error.to_string(), "`test_accuracy` is missing");
}
