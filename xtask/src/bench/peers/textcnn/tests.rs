//! Tests of comparing the two sides.

use super::*;

fn runs(speeds: &[f64]) -> Vec<Measured> {
    let run = |speed: &f64| Measured {
        examples_per_second: *speed,
        accuracy: 0.75,
        peak_rss_mb: 300.0,
        work: Work { n_steps: 576, vocab_size: 20_201 },
    };
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
    let line = r#"{"examples_per_second": 640.5, "test_accuracy": 0.74, "peak_rss_mb": 900, "n_steps": 576, "vocab_size": 20201, "versions": {"torch": "2"}}"#;
    let (measured, versions) = parse_peer(line).unwrap();
    assert_eq!(measured.examples_per_second, 640.5);
    assert_eq!(measured.work, Work { n_steps: 576, vocab_size: 20_201 });
    assert_eq!(versions["torch"], "2");
    let error = parse_peer("{\"examples_per_second\": 1}").err().unwrap();
    assert_eq!(error.to_string(), "`test_accuracy` is missing");
}

#[test]
fn what_the_bundle_says_is_read_and_must_equal_the_peers_work() {
    let folder = std::env::temp_dir().join(format!("sconce-xtask-work-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("sconce.json"), r#"{"history": {"n_steps": 576}}"#).unwrap();
    std::fs::write(folder.join("config.json"), r#"{"vocab_size": 20201}"#).unwrap();
    let work = Work::of_bundle(&folder).unwrap();
    assert_eq!(work, Work { n_steps: 576, vocab_size: 20_201 });
    std::fs::write(folder.join("config.json"), "{}").unwrap();
    let error = Work::of_bundle(&folder).unwrap_err().to_string();
    assert_eq!(error, "`vocab_size` is missing");
    std::fs::remove_dir_all(&folder).unwrap();

    let (peer, mut sconce) = (runs(&[1.0, 2.0]), runs(&[3.0, 4.0]));
    assert!(same_work(&peer, &sconce).is_ok() && same_work(&[], &sconce).is_ok());
    sconce[1].work.n_steps = 516;
    let error = same_work(&peer, &sconce).unwrap_err().to_string();
    assert!(error.contains("n_steps: 576") && error.contains("n_steps: 516"), "{error}");
}

#[test]
fn every_constant_of_the_peer_is_an_option_of_sconce() {
    let script = std::fs::read_to_string(repo::root().join(SCRIPT)).unwrap();
    let value = |flag: &str| OPTIONS[OPTIONS.iter().position(|word| *word == flag).unwrap() + 1];
    let (widths, dim) = (value("--filter-widths").replace(',', ", "), value("--embedding-size"));
    let sizes = format!("DIM, WIDTHS, FILTERS = {dim}, ({widths}), {}", value("--n-filters"));
    let rates = format!(
        "BATCH_SIZE, LEARNING_RATE, DROPOUT, CLIP = {}, {}, {}, {}.0",
        value("--batch-size"),
        value("--lr"),
        value("--dropout"),
        value("--clip")
    );
    for line in [sizes, rates] {
        assert!(script.lines().any(|found| found == line), "{SCRIPT} has no line `{line}`");
    }
}
