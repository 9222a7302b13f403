//! Names, and what is refused.

use super::{ErrorMeasure, ErrorRates};
use crate::{Error, TextError, TextMetric};

#[test]
fn one_reference_is_taken() {
    let mut rates = ErrorRates::words();
    let error = rates.update(&["a", "b"], "a").unwrap_err();
    assert_eq!(error, Error::Text(TextError::OneReference { metric: "wer", given: 2 }));
    assert_eq!(error.to_string(), "2 references for one text; wer takes one reference");
    assert!(rates.update(&[], "a").is_err());
    assert_eq!(rates, ErrorRates::words());
}

#[test]
fn the_measure_names_the_metric() {
    let lost = ErrorRates::words().with_measure(ErrorMeasure::InformationLost);
    assert_eq!(lost.name(), "wil");
    assert_eq!(ErrorRates::characters().name(), "cer");
}

#[test]
fn a_lone_tab_does_not_part_words() {
    let mut rates = ErrorRates::words();
    rates.update(&["a\tb c"], "a b c").unwrap();
    assert_eq!((rates.counts().hits, rates.counts().insertions), (1, 1));
}

#[test]
fn long_texts_take_little_memory() {
    // A full table of these would be 10 GB.
    let words: Vec<String> = (0..50_000).map(|n| (n % 7919).to_string()).collect();
    let mut rates = ErrorRates::words();
    rates.update(&[&words.join(" ")], &words[3..].join(" ")).unwrap();
    assert_eq!(rates.counts().deletions, 3);
}
