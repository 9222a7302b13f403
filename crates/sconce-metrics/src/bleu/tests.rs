//! Settings that sacreBLEU has no golden values for, and what is degenerate.

use super::{Bleu, BleuTokenizer, Smoothing};
use crate::{Error, TextError, TextMetric};

#[test]
fn a_text_without_a_reference_is_an_error() {
    let mut bleu = Bleu::new();
    let error = bleu.update(&[], "text").unwrap_err();
    assert_eq!(error, Error::Text(TextError::NoReferences));
    assert_eq!(bleu, Bleu::new());
    assert!(bleu.sentence(&[], "text").is_err());
}

#[test]
fn the_signature_says_how_many_references_there_were() {
    let mut bleu = Bleu::new().with_smoothing(Smoothing::Floor(0.25)).lowercase();
    assert!(bleu.signature().starts_with("nrefs:1|case:lc|eff:no|tok:13a|smooth:floor[0.25]|"));
    bleu.update(&["a", "b"], "a").unwrap();
    assert!(bleu.signature().starts_with("nrefs:2|"));
    bleu.update(&["a"], "a").unwrap();
    assert!(bleu.signature().starts_with("nrefs:var|"));
    bleu.reset();
    assert!(bleu.signature().starts_with("nrefs:1|"));
}

#[test]
fn a_hundred_lines_with_a_lonely_full_stop_look_tokenized() {
    let mut bleu = Bleu::new();
    for line in 0..100 {
        assert!(!bleu.looks_tokenized(), "{line}");
        bleu.update(&["It is ."], "It is .").unwrap();
    }
    assert!(bleu.looks_tokenized());
}

#[test]
fn an_order_of_0_is_1() {
    let mut bleu = Bleu::new().with_max_order(0);
    bleu.update(&["a b"], "b a").unwrap();
    assert_eq!(bleu.score().precisions, [100.0]);
}

#[test]
fn a_wrong_tokenizer_gets_the_nearest() {
    let error = "13b".parse::<BleuTokenizer>().unwrap_err();
    let message =
        "there is no tokenizer `13b` of BLEU; did you mean `13a`? All: 13a, intl, zh, char, none";
    assert_eq!(error.to_string(), message);
}

#[test]
fn before_anything_is_counted_the_score_is_0() {
    assert_eq!(Bleu::new().score().score, 0.0);
    assert_eq!(Bleu::new().with_smoothing(Smoothing::AddK(1.0)).value(), 0.0);
}
