//! Every row once an epoch, like lengths together, limits in tokens, orders that a seed repeats.

use super::*;

fn lengths(n_rows: usize) -> Vec<usize> {
    let mut rng = fastrand::Rng::with_seed(3);
    (0..n_rows).map(|_| rng.usize(1..60)).collect()
}

const SIZES: [BatchSize; 6] = [
    BatchSize::Rows(8),
    BatchSize::Rows(0),
    BatchSize::Tokens(200),
    BatchSize::Tokens(0),
    BatchSize::Padded(200),
    BatchSize::Padded(0),
];

#[test]
fn every_row_comes_once_an_epoch() {
    for n_rows in [0, 1, 7, 1000] {
        let lengths = lengths(n_rows);
        for size in SIZES {
            for (pool, shuffle) in [(50, true), (0, true), (3, false), (usize::MAX, true)] {
                let sampler =
                    BucketSampler { pool, shuffle, ..BucketSampler::new(&lengths, size, 1) };
                let batches = sampler.batches(2);
                assert!(batches.iter().all(|batch| !batch.is_empty()), "{size:?} {pool}");
                let mut rows = batches.concat();
                rows.sort_unstable();
                assert!(rows.into_iter().eq(0..n_rows), "{size:?} {pool}");
            }
        }
    }
}

#[test]
fn batches_keep_to_their_size() {
    let mut lengths = lengths(1000);
    lengths[500] = 999;
    let by_rows = BucketSampler::new(&lengths, BatchSize::Rows(8), 1).batches(0);
    assert_eq!(by_rows.len(), 125);
    let by_tokens = BucketSampler::new(&lengths, BatchSize::Tokens(200), 1).batches(0);
    let n_tokens = |batch: &Vec<usize>| batch.iter().map(|row| lengths[*row]).sum::<usize>();
    for batch in &by_tokens {
        assert!(n_tokens(batch) <= 200 || batch == &[500], "{batch:?}");
    }
    // Rows of 30 on average: few batches are less than two thirds full.
    let n_full = by_tokens.iter().filter(|batch| n_tokens(batch) > 133).count();
    assert!(n_full * 10 > by_tokens.len() * 9, "{n_full} of {}", by_tokens.len());
}

#[test]
fn padded_batches_keep_to_their_places_and_are_full() {
    let mut lengths = lengths(1000);
    lengths[500] = 999;
    let batches = BucketSampler::new(&lengths, BatchSize::Padded(200), 1).batches(0);
    let longest = |batch: &Vec<usize>| batch.iter().map(|row| lengths[*row]).max().unwrap();
    let n_places = |batch: &Vec<usize>| batch.len() * longest(batch);
    for batch in &batches {
        assert!(n_places(batch) <= 200 || batch == &[500], "{batch:?}");
        // What torchtext calls `sort_within_batch`.
        assert!(batch.is_sorted_by_key(|row| std::cmp::Reverse(lengths[*row])));
    }
    let n_full = batches.iter().filter(|batch| n_places(batch) > 133).count();
    assert!(n_full * 10 > batches.len() * 9, "{n_full} of {}", batches.len());
}

#[test]
fn the_longest_batch_comes_first_if_it_is_to() {
    let lengths = lengths(1000);
    let plain = BucketSampler::new(&lengths, BatchSize::Rows(8), 1);
    let first = BucketSampler { longest_first: true, ..plain.clone() };
    let (plain, mut first) = (plain.batches(3), first.batches(3));
    let longest = *lengths.iter().max().unwrap();
    assert!(lengths[plain[0][0]] < longest && lengths[first[0][0]] == longest);
    let moved = first.remove(0);
    assert_eq!(plain.into_iter().filter(|batch| *batch != moved).collect::<Vec<_>>(), first);
    let none = BucketSampler::new(&[], BatchSize::Rows(8), 1);
    assert!(BucketSampler { longest_first: true, ..none }.batches(0).is_empty());
}

#[test]
fn small_batches_are_dropped_if_they_are_to() {
    let lengths = lengths(1003);
    let sampler =
        BucketSampler { drop_last: true, ..BucketSampler::new(&lengths, BatchSize::Rows(8), 1) };
    let batches = sampler.batches(0);
    assert_eq!(batches.len(), 125);
    assert!(batches.iter().all(|batch| batch.len() == 8));
}

#[test]
fn rows_of_a_batch_are_of_like_length() {
    let lengths = lengths(4000);
    // How many places padding would waste.
    let waste = |batches: Vec<Vec<usize>>| {
        let of = |batch: Vec<usize>| {
            let longest = batch.iter().map(|row| lengths[*row]).max().unwrap_or_default();
            batch.iter().map(|row| longest - lengths[*row]).sum::<usize>()
        };
        batches.into_iter().map(of).sum::<usize>()
    };
    let sampler = BucketSampler::new(&lengths, BatchSize::Rows(8), 1);
    let bucketed = waste(sampler.batches(0));
    let mixed = waste(BucketSampler { pool: 1, ..sampler }.batches(0));
    assert!(bucketed * 20 < mixed, "{bucketed} {mixed}");
}

#[test]
fn seed_and_epoch_alone_decide_the_order() {
    let lengths = lengths(300);
    for size in [BatchSize::Rows(8), BatchSize::Tokens(200)] {
        let batches = |seed, epoch| BucketSampler::new(&lengths, size, seed).batches(epoch);
        assert_eq!(batches(1, 4), batches(1, 4));
        let orders = [batches(1, 0), batches(1, 1), batches(2, 0)];
        for (i, a) in orders.iter().enumerate() {
            for b in &orders[i + 1..] {
                let same = a.iter().filter(|batch| b.contains(batch)).count();
                assert!(same * 10 < a.len(), "{same} of {} batches are the same", a.len());
            }
        }
        // Long batches do not come first.
        let longest: Vec<usize> = orders[0].iter().map(|batch| lengths[batch[0]]).collect();
        assert!(!longest.is_sorted() && !longest.iter().rev().is_sorted());
    }
}

#[test]
fn without_shuffling_only_the_rows_of_a_pool_change_places() {
    let lengths = [1, 3, 2, 9, 7, 8];
    let sampler = BucketSampler {
        pool: 3,
        shuffle: false,
        ..BucketSampler::new(&lengths, BatchSize::Rows(1), 0)
    };
    assert_eq!(sampler.batches(5).concat(), [1, 2, 0, 3, 5, 4]);
}
