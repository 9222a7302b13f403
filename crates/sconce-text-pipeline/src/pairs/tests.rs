//! Pairs as rows: type ids, limits, and pairs that are too long.

use super::*;
use crate::error::Error;
use crate::{Collator, Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer};

fn tokenizer() -> WordTokenizer {
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    WordTokenizer::train(&["a b c d e"], normalizer, PreTokenizer::Whitespace, &words).unwrap()
}

#[test]
fn the_chosen_text_loses_tokens_and_pairs_are_counted() {
    let pairs = [("a b c", "d e"), ("a", "b")];
    for (strategy, expected) in [
        (Truncate::LongestFirst, &[2, 3, 5, 6][..]),
        (Truncate::OnlyFirst, &[2, 3, 5, 6]),
        (Truncate::OnlySecond, &[2, 3, 4, 5]),
    ] {
        let dataset =
            EncodedDataset::encode_pairs(&tokenizer(), &pairs, vec![1, 0], Some(4), strategy);
        let dataset = dataset.unwrap();
        assert_eq!(dataset.row(0), expected, "{strategy:?}");
        assert_eq!((dataset.n_truncated(), dataset.labels()), (1, &[1, 0][..]));
        let batch = Collator::new(&dataset).collate(&[1]).unwrap();
        assert_eq!((batch.ids, batch.type_ids), (vec![2, 3], vec![0, 1]));
    }
}

#[test]
fn rows_equal_the_encodings_of_their_pairs_for_any_number_of_threads() {
    let texts: Vec<(String, String)> =
        (0..5000).map(|i| (vec!["a"; i % 7].join(" "), vec!["b"; i % 5].join(" "))).collect();
    let pairs: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let encode = || {
        let strategy = Truncate::default();
        EncodedDataset::encode_pairs(&tokenizer(), &pairs, Targets::None, None, strategy).unwrap()
    };
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let (one, four) = (pool(1).install(encode), pool(4).install(encode));
    assert_eq!(one, four);
    for (row, (first, second)) in pairs.iter().enumerate() {
        let encoding = tokenizer().encode_input(Input::Pair(first, second), None).unwrap();
        assert_eq!(one.row(row), encoding.ids);
    }
}

#[test]
fn the_first_pair_that_is_too_long_or_cannot_be_cut_is_reported() {
    let mut pairs = vec![("a", "b"); 9000];
    (pairs[5000], pairs[8000]) = (("a b", "c"), ("a b c", "d"));
    let encode = |limit: MaxLength, strategy| {
        EncodedDataset::encode_pairs(&tokenizer(), &pairs, Targets::None, limit, strategy)
    };
    let error = encode(MaxLength::Refuse(2), Truncate::default()).unwrap_err();
    assert!(matches!(error, Error::RowTooLong { row: 5000, n_tokens: 3, max_length: 2 }));
    let error = encode(MaxLength::Truncate(2), Truncate::OnlySecond).unwrap_err();
    assert!(matches!(error, Error::TruncationTooShort { .. }), "{error}");
    let error =
        EncodedDataset::encode_pairs(&tokenizer(), &pairs[..2], vec![1], None, Truncate::default());
    assert!(matches!(error, Err(Error::TargetCount { found: 1, expected: 2, .. })));
}
