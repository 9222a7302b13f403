//! Places, masks and types as `pad` of transformers gives them; targets that move along.

use serde::Deserialize;

use super::*;
use crate::{Collator, EncodedDataset};

#[derive(Deserialize)]
struct Golden {
    padding: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    ids: Vec<Vec<u32>>,
    types: Vec<Vec<u32>>,
    side: String,
    fixed: Option<usize>,
    multiple_of: usize,
    padded: Vec<Vec<u32>>,
    padded_types: Vec<Vec<u32>>,
    mask: Vec<Vec<u8>>,
}

fn packed(ids: &[Vec<u32>], types: Vec<u32>, targets: Targets) -> PackedBatch {
    let ends = ids.iter().scan(0, |end, row| {
        *end += row.len();
        Some(*end)
    });
    let offsets: Vec<usize> = std::iter::once(0).chain(ends).collect();
    let dataset = EncodedDataset::new(ids.concat(), types, offsets, targets).unwrap();
    Collator::new(&dataset).collate(&(0..ids.len()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn rows_are_padded_as_transformers_does() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../tests/golden/batches.json")).unwrap();
    assert_eq!(golden.padding.len(), 72);
    for case in golden.padding {
        // Theirs rounds a fixed length up as well.
        let length = match case.fixed {
            Some(fixed) => PadTo::Exactly(fixed.next_multiple_of(case.multiple_of.max(1))),
            None => PadTo::MultipleOf(case.multiple_of),
        };
        let side = if case.side == "left" { Side::Start } else { Side::End };
        let padding = Padding { pad_id: 1, pad_type_id: 3, length, side };
        let packed = packed(&case.ids, case.types.concat(), Targets::None);
        let padded = padding.pad(&packed).unwrap();
        assert_eq!((padded.batch, padded.seq), (case.ids.len(), case.padded[0].len()));
        assert_eq!(padded.ids, case.padded.concat(), "{padding:?}");
        assert_eq!(padded.mask, case.mask.concat(), "{padding:?}");
        if !packed.type_ids.is_empty() {
            assert_eq!(padded.type_ids, case.padded_types.concat(), "{padding:?}");
        }
    }
}

#[test]
fn targets_of_tokens_and_spans_follow_their_tokens() {
    let ids = [vec![5, 6, 7], vec![8]];
    let length = PadTo::MultipleOf(4);
    let left = Padding { side: Side::Start, length, ..Padding::default() };
    let tokens = packed(&ids, vec![], Targets::Tokens(vec![1, IGNORE, 3, 4]));
    let spans = packed(&ids, vec![], Targets::Spans(vec![(1, 2), (0, 0)]));
    let classes = packed(&ids, vec![], Targets::Classes(vec![1, 0]));
    let targets = |batch: &PackedBatch, padding: &Padding| padding.pad(batch).unwrap().targets;
    const I: u32 = IGNORE;
    assert_eq!(targets(&tokens, &left), Targets::Tokens(vec![I, 1, I, 3, I, I, I, 4]));
    let right = Padding::default();
    assert_eq!(targets(&tokens, &right), Targets::Tokens(vec![1, I, 3, 4, I, I]));
    assert_eq!(targets(&spans, &left), Targets::Spans(vec![(2, 3), (3, 3)]));
    assert_eq!(targets(&spans, &right), spans.targets);
    assert_eq!(targets(&classes, &left), classes.targets);
}

#[test]
fn time_comes_first_where_it_is_to() {
    let targets = Targets::Tokens(vec![1, 2, 3, 4]);
    let padded = PaddedBatch::from_packed(&packed(&[vec![5, 6, 7], vec![8]], vec![], targets), 0);
    let turned = padded.time_major();
    assert_eq!(turned.ids, [5, 8, 6, 0, 7, 0]);
    assert_eq!(turned.mask, [1, 1, 1, 0, 1, 0]);
    assert_eq!(turned.targets, Targets::Tokens(vec![1, 4, 2, IGNORE, 3, IGNORE]));
    assert_eq!((turned.batch, turned.seq, turned.type_ids.len()), (2, 3, 0));
}

fn small() -> PackedBatch {
    PackedBatch {
        ids: vec![1, 2, 3, 4],
        offsets: vec![0, 3, 3, 4],
        rows: vec![7, 8, 9],
        ..PackedBatch::default()
    }
}

#[test]
fn rows_are_filled_up_at_either_side_to_the_length_asked_for() {
    let cases = [
        (PadTo::Longest, Side::End, vec![1, 2, 3, 0, 0, 0, 4, 0, 0]),
        (PadTo::Longest, Side::Start, vec![1, 2, 3, 0, 0, 0, 0, 0, 4]),
        (PadTo::MultipleOf(3), Side::End, vec![1, 2, 3, 0, 0, 0, 4, 0, 0]),
        (PadTo::MultipleOf(0), Side::End, vec![1, 2, 3, 0, 0, 0, 4, 0, 0]),
        (PadTo::MultipleOf(4), Side::End, vec![1, 2, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0]),
        (PadTo::Exactly(4), Side::Start, vec![0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 4]),
    ];
    for (length, side, expected) in cases {
        let padded = Padding { length, side, ..Padding::new(0) }.pad(&small()).unwrap();
        assert_eq!(padded.ids, expected, "{length:?} {side:?}");
        assert_eq!((padded.batch, padded.seq), (3, expected.len() / 3));
        let mask: Vec<u8> = expected.iter().map(|id| u8::from(*id > 0)).collect();
        assert_eq!(padded.mask, mask);
    }
    assert_eq!(Padding::new(9).pad(&small()).unwrap(), PaddedBatch::from_packed(&small(), 9));
    assert_eq!(Padding::new(9).pad(&PackedBatch::default()).unwrap().seq, 0);
}

#[test]
fn a_row_over_the_exact_length_is_named() {
    let padding = Padding { length: PadTo::Exactly(2), ..Padding::new(0) };
    let error = padding.pad(&small()).unwrap_err();
    assert!(matches!(error, Error::RowTooLong { row: 7, n_tokens: 3, max_length: 2 }), "{error}");
}
