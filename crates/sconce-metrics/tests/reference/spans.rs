//! Spans and their scores equal seqeval's, leniently and by every scheme.

use std::collections::HashMap;

use sconce_metrics::{Average, Scheme, SpanF1, SpanReader};

use crate::golden::Golden;

const AVERAGES: [(&str, Average); 3] =
    [("micro", Average::Micro), ("macro", Average::Macro), ("weighted", Average::Weighted)];
const SCHEMES: [&str; 6] = ["iob1", "iob2", "ioe1", "ioe2", "iobes", "bilou"];

fn cases() -> Vec<Golden> {
    Golden::file("spans").cases("cases", 32)
}

fn sequences(case: &Golden, key: &str) -> Vec<Vec<String>> {
    let lines: Vec<String> = case.value(key);
    lines.iter().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

fn reader(case: &Golden, scheme: Option<Scheme>) -> SpanReader {
    let reader = scheme.map_or(SpanReader::lenient(), SpanReader::strict);
    if case.value::<u8>("suffix") == 1 { reader.with_suffix() } else { reader }
}

/// Spans of every sequence, and the scores that follow.
fn assert_mode(case: &Golden, mode: &str, reader: SpanReader) {
    let (targets, predictions) = (sequences(case, "targets"), sequences(case, "predictions"));
    for (tags, expected) in targets.iter().zip(sequences(case, &format!("{mode}.spans"))) {
        let spans = reader.spans(tags).unwrap();
        let text = |s: &sconce_metrics::Span<'_>| format!("{}:{}:{}", s.kind, s.start, s.end - 1);
        let spans: Vec<String> = spans.iter().map(text).collect();
        assert_eq!(spans, expected, "{}.{mode}: {tags:?}", case.name);
    }
    let mut counted = SpanF1::with_reader(reader);
    for (targets, predictions) in targets.iter().zip(&predictions) {
        counted.update(targets, predictions).unwrap();
    }
    assert_scores(case, mode, &counted);
    assert_eq!(counted_by_ids(reader, &targets, &predictions), counted, "{}", case.name);
}

fn assert_scores(case: &Golden, mode: &str, counted: &SpanF1) {
    for (name, by) in AVERAGES {
        let scores = counted.average(by);
        case.assert_equal(&format!("{mode}.{name}.precision"), scores.precision);
        case.assert_equal(&format!("{mode}.{name}.recall"), scores.recall);
        case.assert_equal(&format!("{mode}.{name}.f1"), scores.f1);
    }
    case.assert_equal(&format!("{mode}.micro.f1"), counted.value());
    case.assert_equal("token_accuracy", counted.token_accuracy());
    let report = counted.report();
    let kinds: Vec<&str> = report.kinds.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, case.value::<Vec<String>>(&format!("{mode}.kinds")), "{}", case.name);
    let [precision, recall, f1]: [Vec<f64>; 3] =
        ["precision", "recall", "f1"].map(|score| case.value(&format!("{mode}.kind.{score}")));
    let support: Vec<u64> = case.value(&format!("{mode}.kind.support"));
    for (i, row) in report.kinds.iter().enumerate() {
        assert!((row.scores.precision - precision[i]).abs() < 1e-9, "{} {}", case.name, row.kind);
        assert!((row.scores.recall - recall[i]).abs() < 1e-9, "{} {}", case.name, row.kind);
        assert!((row.scores.f1 - f1[i]).abs() < 1e-9, "{} {}", case.name, row.kind);
        assert_eq!(row.support, support[i], "{} {}", case.name, row.kind);
    }
}

/// The same by label ids, tags numbered as they come.
fn counted_by_ids(
    reader: SpanReader,
    targets: &[Vec<String>],
    predictions: &[Vec<String>],
) -> SpanF1 {
    let mut ids = HashMap::<&str, u32>::new();
    let mut names = Vec::new();
    for tag in targets.iter().chain(predictions).flatten() {
        ids.entry(tag).or_insert_with(|| {
            names.push(tag.as_str());
            names.len() as u32 - 1
        });
    }
    let numbered = |tags: &[String]| tags.iter().map(|tag| ids[tag.as_str()]).collect::<Vec<_>>();
    let mut counted = SpanF1::with_reader(reader);
    for (targets, predictions) in targets.iter().zip(predictions) {
        counted.update_ids(&names, &numbered(targets), &numbered(predictions)).unwrap();
    }
    counted
}

#[test]
fn lenient_spans_equal_seqeval() {
    for case in cases() {
        assert_mode(&case, "lenient", reader(&case, None));
    }
}

#[test]
fn strict_spans_equal_seqeval_and_other_schemes_refuse_the_tags() {
    for case in cases() {
        let takes: Vec<String> = case.value("schemes");
        for name in SCHEMES {
            let scheme: Scheme = name.parse().unwrap();
            assert_eq!(scheme.name(), name);
            let reader = reader(&case, Some(scheme));
            if takes.iter().any(|taken| taken == name) {
                assert_mode(&case, name, reader);
                continue;
            }
            let mut both = sequences(&case, "targets");
            both.extend(sequences(&case, "predictions"));
            assert!(both.iter().any(|tags| reader.spans(tags).is_err()), "{}.{name}", case.name);
        }
    }
}

#[test]
fn the_scheme_that_seqeval_guesses_is_detected() {
    for case in cases() {
        if case.value::<u8>("suffix") == 1 {
            continue;
        }
        let detected = Scheme::detect(&sequences(&case, "targets"));
        let name = detected.as_ref().map_or("", |scheme| scheme.name());
        assert_eq!(name, case.value::<String>("detected"), "{}: {detected:?}", case.name);
    }
}
