//! Which rows go together.

use super::*;

#[test]
fn batches_are_bounded_by_tokens_and_hold_every_row_once() {
    for (lengths, expected) in [
        (&[][..], &[][..]),
        (&[0, 0], &[&[0, 1][..]]),
        (&[3, 1, 2], &[&[1, 2][..], &[0]]),
        (&[5, 9, 4], &[&[2][..], &[0], &[1]]),
        (&[2, 2, 2, 2], &[&[0, 1][..], &[2, 3]]),
    ] {
        assert_eq!(token_batches(lengths, 4), expected, "{lengths:?}");
    }
}
