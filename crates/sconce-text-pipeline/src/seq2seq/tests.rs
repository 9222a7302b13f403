//! Labels and decoder inputs as transformers' collator and BART's shift give them.

use serde::Deserialize;

use super::*;
use crate::{IGNORE, PaddedBatch, Padding, Side};

#[derive(Deserialize)]
struct Golden {
    seq2seq: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sources: Vec<Vec<u32>>,
    targets: Vec<Vec<u32>>,
    side: Side,
    multiple_of: usize,
    input_ids: Vec<Vec<u32>>,
    attention_mask: Vec<Vec<u8>>,
    labels: Vec<Vec<i64>>,
    decoder_input_ids: Vec<Vec<u32>>,
}

fn rows(ids: &[Vec<u32>]) -> EncodedDataset {
    let ends = ids.iter().scan(0, |end, row| {
        *end += row.len();
        Some(*end)
    });
    let offsets = std::iter::once(0).chain(ends).collect();
    EncodedDataset::new(ids.concat(), vec![], offsets, Targets::None).unwrap()
}

#[test]
fn batches_are_those_of_transformers() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../tests/golden/batches.json")).unwrap();
    assert_eq!(golden.seq2seq.len(), 12);
    for case in golden.seq2seq {
        let dataset = Seq2SeqDataset::new(rows(&case.sources), rows(&case.targets)).unwrap();
        let all: Vec<usize> = (0..dataset.len()).collect();
        let batch = dataset.collate(&all, 2).unwrap();
        let (side, multiple_of) = (case.side, case.multiple_of);
        let padding = Padding { side, multiple_of, id: 1, ..Padding::default() };
        let source = PaddedBatch::new(&batch.source, &padding).unwrap();
        assert_eq!(source.ids, case.input_ids.concat());
        assert_eq!(source.mask, case.attention_mask.concat());
        let decoder = PaddedBatch::new(&batch.decoder, &padding).unwrap();
        let labels = case.labels.concat().into_iter();
        let labels: Vec<u32> = labels.map(|id| u32::try_from(id).unwrap_or(IGNORE)).collect();
        assert_eq!(decoder.targets, Targets::Tokens(labels.clone()));
        let inputs = case.decoder_input_ids.concat();
        for (place, label) in labels.iter().enumerate() {
            // Theirs is shifted after padding: a row padded at the left begins with the start
            // token before its padding, and one padded at the right goes on for one more token.
            // Where something is predicted from a token of the row, both read the same.
            let is_first = place % decoder.seq == 0 || labels[place - 1] == IGNORE;
            if *label != IGNORE && (side == Side::Right || !is_first) {
                assert_eq!(decoder.ids[place], inputs[place], "{place}");
            }
            if *label != IGNORE && is_first {
                assert_eq!(decoder.ids[place], 2);
            }
        }
    }
}

#[test]
fn empty_rows_stay_empty_and_rows_keep_their_order() {
    let dataset =
        Seq2SeqDataset::new(rows(&[vec![5], vec![], vec![6, 7]]), rows(&[vec![8], vec![], vec![]]));
    let dataset = dataset.unwrap();
    assert_eq!(dataset.lengths(), [2, 0, 2]);
    let batch = dataset.collate(&[2, 1, 0], 0).unwrap();
    assert_eq!(
        (batch.source.ids.as_slice(), &batch.source.offsets[..]),
        (&[6, 7, 5][..], &[0, 2, 2, 3][..])
    );
    assert_eq!(
        (batch.decoder.ids.as_slice(), &batch.decoder.offsets[..]),
        (&[0][..], &[0, 0, 0, 1][..])
    );
    assert_eq!(batch.decoder.targets, Targets::Tokens(vec![8]));
    assert!(dataset.collate(&[3], 0).is_err());
}

#[test]
fn sources_without_targets_are_refused() {
    let error = Seq2SeqDataset::new(rows(&[vec![5]]), rows(&[])).unwrap_err().to_string();
    assert!(error.starts_with("1 source texts but 0 target texts"), "{error}");
}
