//! Encoding in parallel equals encoding one by one; limits, subsets, labels that do not fit.

use super::*;
use crate::{Normalizer, PreTokenizer, Vocabulary, VocabularyOptions, WordTokenizer};

fn tokenizer(texts: &[&str]) -> WordTokenizer {
    let options = VocabularyOptions::default();
    WordTokenizer::train(texts, Normalizer::default(), PreTokenizer::Whitespace, &options).unwrap()
}

#[test]
fn rows_equal_the_encodings_of_their_texts_for_any_number_of_threads() {
    let texts: Vec<String> =
        (0..1000).map(|i| vec![format!("w{}", i % 13); i % 9].join(" ")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let labels: Vec<u32> = (0..1000).map(|i| i % 3).collect();
    let tokenizer = tokenizer(&texts);
    for n_threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let encode = || EncodedDataset::encode(&tokenizer, &texts, labels.clone(), None);
        let dataset = pool.install(encode).unwrap();
        assert_eq!((dataset.len(), dataset.n_truncated()), (1000, 0));
        for (i, text) in texts.iter().enumerate() {
            assert_eq!(dataset.row(i), tokenizer.encode(text).unwrap().ids);
            assert_eq!(dataset.label(i), Some(i as u32 % 3));
        }
        assert_eq!(dataset.n_tokens(), dataset.lengths().iter().sum::<usize>());
    }
}

#[test]
fn rows_over_the_limit_are_cut_and_counted() {
    let texts = ["a b c", "a b", "", "c b a b"];
    let dataset =
        EncodedDataset::encode(&tokenizer(&texts), &texts, Targets::None, Some(2)).unwrap();
    assert_eq!(dataset.lengths(), [2, 2, 0, 2]);
    assert_eq!(dataset.n_truncated(), 2);
    assert_eq!(dataset.get(1), Some(EncodedRow { ids: &[3, 2], type_ids: &[], label: None }));
    assert_eq!(dataset.get(4), None);
}

#[test]
fn a_subset_has_the_rows_in_the_order_asked_for() {
    let texts = ["a", "b b", "c c c"];
    let dataset = EncodedDataset::encode(&tokenizer(&texts), &texts, vec![5, 6, 7], None).unwrap();
    let subset = dataset.subset(&[2, 0, 2]).unwrap();
    assert_eq!(subset.lengths(), [3, 1, 3]);
    assert_eq!(subset.labels(), [7, 5, 7]);
    assert_eq!(subset.row(1), dataset.row(0));
    assert!(dataset.subset(&[]).unwrap().is_empty());
    assert!(matches!(dataset.subset(&[3]), Err(Error::RowOutOfRange { row: 3, len: 3 })));
}

#[test]
fn labels_must_match_the_texts_and_the_first_failing_text_is_reported() {
    let texts = ["a", "b"];
    let error = EncodedDataset::encode(&tokenizer(&texts), &texts, vec![1], None).unwrap_err();
    assert!(matches!(error, Error::LabelCount { n_texts: 2, n_labels: 1 }));

    let vocabulary = Vocabulary::from_tokens(["a"]).unwrap();
    let strict = WordTokenizer::new(Normalizer::default(), PreTokenizer::Whitespace, vocabulary);
    let mut many = vec!["a"; 5000];
    (many[1000], many[4000]) = ("first", "second");
    let error = EncodedDataset::encode(&strict, &many, Targets::None, None).unwrap_err();
    assert!(matches!(error, Error::OutOfVocabulary { token } if token == "first"));
}
