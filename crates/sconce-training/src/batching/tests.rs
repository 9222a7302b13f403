//! Every row once, in an order that seed and epoch fix.

use super::*;

fn lengths() -> Vec<usize> {
    (0..103).map(|row| row * 37 % 50).collect()
}

fn sorted(batches: &[Vec<usize>]) -> Vec<usize> {
    let mut rows = batches.concat();
    rows.sort_unstable();
    rows
}

#[test]
fn an_epoch_has_every_row_once_and_repeats() {
    let lengths = lengths();
    for by_length in [false, true] {
        let batching = Batching { batch_size: 8, seed: 7, by_length };
        let batches = batching.batches(&lengths, 3);
        assert_eq!(sorted(&batches), (0..103).collect::<Vec<_>>());
        assert_eq!(batches.len(), 13);
        assert_eq!(batching.batches(&lengths, 3), batches);
        assert_ne!(batching.batches(&lengths, 4), batches);
        assert_ne!(Batching { seed: 8, ..batching }.batches(&lengths, 3), batches);
    }
}

#[test]
fn rows_of_like_length_go_together_where_that_is_asked_for() {
    let lengths = lengths();
    let spread = |by_length| {
        let batching = Batching { batch_size: 8, seed: 7, by_length };
        let batches = batching.batches(&lengths, 0);
        let of = |batch: &Vec<usize>| {
            let lengths = || batch.iter().map(|row| lengths[*row]);
            lengths().max().unwrap() - lengths().min().unwrap()
        };
        batches.iter().map(of).sum::<usize>()
    };
    assert!(spread(true) * 4 < spread(false));
}

#[test]
fn evaluation_batches_have_every_row_once_and_not_too_many_tokens() {
    let lengths: Vec<usize> = (0..900).map(|row| row * 37 % 50).chain([9000, 0]).collect();
    let batches = evaluation_batches(&lengths);
    assert_eq!(sorted(&batches), (0..902).collect::<Vec<_>>());
    assert_eq!(batches[0], [900], "the longest row is first, and alone");
    for batch in &batches[1..] {
        assert!(batch.iter().map(|row| lengths[*row]).sum::<usize>() <= EVALUATION_TOKENS);
    }
    assert_eq!(batches.len(), 1 + 22050usize.div_ceil(EVALUATION_TOKENS));
    assert!(evaluation_batches(&[]).is_empty());
}
