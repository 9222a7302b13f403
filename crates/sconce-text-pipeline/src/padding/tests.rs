//! Lengths and sides.

use super::*;

fn packed() -> PackedBatch {
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
        let padded = Padding { pad_id: 0, length, side }.pad(&packed()).unwrap();
        assert_eq!(padded.ids, expected, "{length:?} {side:?}");
        assert_eq!((padded.batch, padded.seq), (3, expected.len() / 3));
        let mask: Vec<u8> = expected.iter().map(|id| u8::from(*id > 0)).collect();
        assert_eq!(padded.mask, mask);
    }
    assert_eq!(Padding::new(9).pad(&packed()).unwrap(), PaddedBatch::from_packed(&packed(), 9));
    assert_eq!(Padding::new(9).pad(&PackedBatch::default()).unwrap().seq, 0);
}

#[test]
fn a_row_over_the_exact_length_is_named() {
    let padding = Padding { length: PadTo::Exactly(2), ..Padding::new(0) };
    let error = padding.pad(&packed()).unwrap_err();
    assert!(matches!(error, Error::RowTooLong { row: 7, n_tokens: 3, max_length: 2 }), "{error}");
}
