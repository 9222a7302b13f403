//! Order, offsets and labels of packed batches; padding and its mask; rows that are not there.

use super::*;
use crate::{Normalizer, PaddedBatch, PreTokenizer, VocabularyOptions, WordTokenizer};

/// Rows `[2 3 4]`, `[]` and `[3]`.
fn dataset(labels: Vec<u32>) -> EncodedDataset {
    let texts = ["a b c", "", "b"];
    let options = VocabularyOptions::default();
    let tokenizer = WordTokenizer::train(
        &["a a a b b c"],
        Normalizer::default(),
        PreTokenizer::Whitespace,
        &options,
    );
    EncodedDataset::encode(&tokenizer.unwrap(), &texts, labels, None).unwrap()
}

#[test]
fn rows_are_packed_in_the_order_asked_for() {
    let dataset = dataset(vec![0, 1, 2]);
    let batch = Collator::new(&dataset).collate(&[2, 1, 0]).unwrap();
    assert_eq!(batch.ids, [3, 2, 3, 4]);
    assert_eq!(batch.offsets, [0, 1, 1, 4]);
    assert_eq!(batch.labels(), [2, 1, 0]);
    assert_eq!(batch.rows, [2, 1, 0]);
    assert_eq!((batch.len(), batch.n_tokens(), batch.max_len()), (3, 4, 3));
    for (place, row) in batch.rows.iter().enumerate() {
        assert_eq!(batch.row(place), dataset.row(*row));
    }
}

#[test]
fn without_labels_a_batch_has_none() {
    let batch = Collator::new(&dataset(vec![])).collate(&[0, 1]).unwrap();
    assert!(batch.labels().is_empty() && !batch.is_empty());
}

#[test]
fn padding_fills_rows_at_the_end_and_is_masked() {
    let dataset = dataset(vec![]);
    let collator = Collator::new(&dataset);
    let padded = PaddedBatch::from_packed(&collator.collate(&[0, 1, 2]).unwrap(), 9);
    assert_eq!((padded.batch, padded.seq), (3, 3));
    assert_eq!(padded.ids, [2, 3, 4, 9, 9, 9, 3, 9, 9]);
    assert_eq!(padded.mask, [1, 1, 1, 0, 0, 0, 1, 0, 0]);
}

#[test]
fn batches_without_rows_or_tokens_have_their_shapes() {
    let dataset = dataset(vec![]);
    let collator = Collator::new(&dataset);
    let none = collator.collate(&[]).unwrap();
    assert_eq!((none.offsets.as_slice(), none.len(), none.max_len()), (&[0][..], 0, 0));
    assert_eq!(PaddedBatch::from_packed(&none, 0), PaddedBatch::default());
    let empty = PaddedBatch::from_packed(&collator.collate(&[1, 1]).unwrap(), 0);
    assert_eq!((empty.batch, empty.seq, empty.ids.len()), (2, 0, 0));
}

#[test]
fn a_row_past_the_end_is_an_error() {
    let error = Collator::new(&dataset(vec![])).collate(&[0, 3]).unwrap_err();
    assert_eq!(error.to_string(), "row 3 is not in the data set, which has 3 rows");
}
