//! Each token is predicted once; last blocks, block ends, streams that are too short.

use super::*;
use crate::Collator;

fn stream(n_tokens: u32) -> TokenStream {
    TokenStream::new((10..10 + n_tokens).collect())
}

#[test]
fn blocks_and_targets_are_as_asked_for() {
    type Case<'a> = (u32, usize, bool, bool, &'a [usize], &'a [u32]);
    const I: u32 = IGNORE;
    let cases: &[Case<'_>] = &[
        (6, 3, true, true, &[3, 3], &[11, 12, 13, 14, 15, I]),
        (6, 3, true, false, &[3, 3], &[11, 12, I, 14, 15, I]),
        (5, 3, true, true, &[3, 2], &[11, 12, 13, 14, I]),
        (5, 3, false, true, &[3], &[11, 12, 13]),
        (5, 3, false, false, &[3], &[11, 12, I]),
        // A last block of one token has nothing to predict; the token is a target all the same.
        (4, 3, true, true, &[3], &[11, 12, 13]),
        (4, 3, true, false, &[3], &[11, 12, I]),
        (3, 1, true, true, &[1, 1, 1], &[11, 12, I]),
        (2, 9, true, true, &[2], &[11, I]),
    ];
    for (n_tokens, block_size, keep_last, across, lengths, targets) in cases {
        let blocks = LmBlocks { block_size: *block_size, keep_last: *keep_last, across: *across };
        let cut = blocks.cut(&stream(*n_tokens)).unwrap();
        assert_eq!(cut.lengths(), *lengths, "{blocks:?}");
        assert_eq!(cut.targets().tokens(), Some(*targets), "{blocks:?}");
    }
}

#[test]
fn batches_straight_from_the_stream_are_those_of_its_blocks() {
    for n_tokens in 2..30 {
        for block_size in 1..8 {
            for (keep_last, across) in [(true, true), (true, false), (false, true), (false, false)]
            {
                let (blocks, stream) =
                    (LmBlocks { block_size, keep_last, across }, stream(n_tokens));
                let Ok(cut) = blocks.cut(&stream) else {
                    assert!(blocks.n_blocks(&stream).is_err());
                    continue;
                };
                assert_eq!(blocks.n_blocks(&stream).unwrap(), cut.len());
                let rows: Vec<usize> = (0..cut.len()).rev().collect();
                let expected = Collator::new(&cut).collate(&rows).unwrap();
                assert_eq!(blocks.collate(&stream, &rows).unwrap(), expected, "{blocks:?}");
                let error = blocks.collate(&stream, &[cut.len()]).unwrap_err();
                assert!(matches!(error, Error::RowOutOfRange { .. }));
            }
        }
    }
}

#[test]
fn across_blocks_every_token_but_the_first_is_predicted_once() {
    for n_tokens in 2..40 {
        for block_size in 1..12 {
            let cut = LmBlocks::new(block_size).cut(&stream(n_tokens)).unwrap();
            let targets = cut.targets().tokens().unwrap();
            let predicted: Vec<u32> = targets.iter().copied().filter(|id| *id != IGNORE).collect();
            let expected: Vec<u32> = (11..10 + n_tokens).collect();
            assert_eq!(predicted, expected, "{n_tokens} {block_size}");
        }
    }
}

#[test]
fn streams_from_which_nothing_is_predicted_are_refused() {
    for (n_tokens, block_size, keep_last, across) in [
        (0, 3, true, true),
        (1, 3, true, true),
        (5, 0, true, true),
        (2, 3, false, true),
        (5, 1, true, false),
    ] {
        let blocks = LmBlocks { block_size, keep_last, across };
        let error = blocks.cut(&stream(n_tokens)).unwrap_err();
        assert!(matches!(error, Error::StreamTooShort { .. }), "{blocks:?}");
    }
}
