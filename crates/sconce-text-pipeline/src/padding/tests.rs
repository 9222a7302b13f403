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
    side: Side,
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
        let padding = Padding {
            to: case.fixed.map_or(PadTo::Longest, PadTo::Fixed),
            multiple_of: case.multiple_of,
            side: case.side,
            id: 1,
            type_id: 3,
        };
        let packed = packed(&case.ids, case.types.concat(), Targets::None);
        let padded = PaddedBatch::new(&packed, &padding).unwrap();
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
    let left = Padding { side: Side::Left, multiple_of: 4, ..Padding::default() };
    let tokens = packed(&ids, vec![], Targets::Tokens(vec![1, IGNORE, 3, 4]));
    let spans = packed(&ids, vec![], Targets::Spans(vec![(1, 2), (0, 0)]));
    let classes = packed(&ids, vec![], Targets::Classes(vec![1, 0]));
    let targets = |batch, padding| PaddedBatch::new(batch, padding).unwrap().targets;
    const I: u32 = IGNORE;
    assert_eq!(targets(&tokens, &left), Targets::Tokens(vec![I, 1, I, 3, I, I, I, 4]));
    let right = Padding::default();
    assert_eq!(targets(&tokens, &right), Targets::Tokens(vec![1, I, 3, 4, I, I]));
    assert_eq!(targets(&spans, &left), Targets::Spans(vec![(2, 3), (3, 3)]));
    assert_eq!(targets(&spans, &right), spans.targets);
    assert_eq!(targets(&classes, &left), classes.targets);
}

#[test]
fn a_row_over_the_fixed_length_is_an_error_that_names_it() {
    let batch = packed(&[vec![1], vec![1; 5]], vec![], Targets::None);
    let padding = Padding { to: PadTo::Fixed(4), ..Padding::default() };
    let error = PaddedBatch::new(&batch, &padding).unwrap_err().to_string();
    assert!(error.starts_with("row 1 of the batch has 5 tokens, more than the fixed length 4"));
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
