//! Columns of one order, scores, negatives, and rows that lack a text.

use super::*;
use crate::{Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer};

fn tokenizer() -> WordTokenizer {
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    WordTokenizer::train(&["a b c d"], normalizer, PreTokenizer::Whitespace, &words).unwrap()
}

fn example(texts: &[&str], label: Option<&str>) -> Example {
    let owned = |text: &&str| text.to_string();
    Example {
        text: texts[0].into(),
        pair: texts.get(1).map(owned),
        negatives: texts.iter().skip(2).map(owned).collect(),
        label: label.map(str::to_owned),
        ..Example::default()
    }
}

#[test]
fn columns_have_their_rows_in_one_order() {
    let corpus = Corpus::from(vec![
        example(&["a", "b b", "c", "d"], None),
        example(&["b", "a", "d d d", "c"], None),
    ]);
    let columns = TextColumns::encode(&tokenizer(), &corpus, Some(2)).unwrap();
    assert_eq!((columns.len(), columns.columns().len()), (2, 4));
    assert_eq!(columns.lengths(), [5, 5]);
    assert_eq!((columns.n_truncated(), columns.targets()), (1, &Targets::None));
    let batch = columns.collate(&[1, 0]).unwrap();
    let ids: Vec<&[u32]> = batch.columns.iter().map(|column| column.ids.as_slice()).collect();
    assert_eq!(ids, [&[3, 2][..], &[2, 3, 3], &[5, 5, 4], &[4, 5]]);
    assert!(columns.collate(&[2]).is_err());
}

#[test]
fn scores_follow_their_rows() {
    let corpus =
        Corpus::from(vec![example(&["a", "b"], Some("0.5")), example(&["b", "a"], Some("4"))]);
    let columns = TextColumns::encode(&tokenizer(), &corpus, None).unwrap();
    assert_eq!(columns.collate(&[1, 0]).unwrap().targets, Targets::Numbers(vec![4., 0.5]));
}

#[test]
fn rows_without_their_texts_or_numbers_are_named() {
    let whole = example(&["a", "b", "c"], Some("1"));
    let cases = [
        (example(&["a"], None), "row 1: 1 texts where 3 are needed; give each row as many"),
        (example(&["a", "b"], None), "row 1: 2 texts where 3 are needed; give each row as many"),
        (example(&["a", "b", "c"], Some("x")), "row 1: the label \"x\" is not a finite number"),
    ];
    for (bad, expected) in cases {
        let corpus = Corpus::from(vec![whole.clone(), bad]);
        let error = TextColumns::encode(&tokenizer(), &corpus, None).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(TextColumns::encode(&tokenizer(), &Corpus::default(), None).unwrap().is_empty());
}
