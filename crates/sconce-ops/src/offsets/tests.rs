//! What is accepted, what is refused, and what is said then.

use super::*;
use crate::Random;

#[test]
fn lengths_and_boundaries_agree() {
    let offsets = Offsets::from_lengths([2, 0, 3]);
    assert_eq!(offsets, Offsets::new(vec![0, 2, 2, 5]).unwrap());
    assert_eq!((offsets.n_rows(), offsets.n_tokens()), (3, 5));
    assert_eq!(offsets.iter().collect::<Vec<_>>(), [0..2, 2..2, 2..5]);
    assert_eq!(offsets.range(2), 2..5);
    assert_eq!(Offsets::from_lengths([]).n_rows(), 0);
}

#[test]
fn bad_boundaries_are_refused_with_their_values() {
    for (offsets, expected) in
        [(vec![], "begin with 0"), (vec![1, 2], "begin with 0"), (vec![0, 3, 2], "3 at 1, then 2")]
    {
        let error = Offsets::new(offsets).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = Offsets::from_lengths([2]).expect_tokens("op", 3).unwrap_err().to_string();
    assert!(error.contains("cover 2 tokens, the tensor has 3"), "{error}");
}

/// Lengths that look random, some of them zero.
fn lengths(seed: u64) -> Vec<usize> {
    let random = Random::new(seed);
    (1..random.bits(0) % 40).map(|i| (random.bits(i) % 9).saturating_sub(2) as usize).collect()
}

#[test]
fn ranges_cover_every_token_once_and_in_order() {
    for seed in 0..100 {
        let lengths = lengths(seed);
        let offsets = Offsets::from_lengths(lengths.iter().copied());
        assert_eq!(offsets.n_rows(), lengths.len());
        assert_eq!(offsets.n_tokens(), lengths.iter().sum::<usize>());
        assert_eq!(offsets.iter().map(|row| row.len()).collect::<Vec<_>>(), lengths);
        let tokens: Vec<usize> = offsets.iter().flatten().collect();
        assert_eq!(tokens, (0..offsets.n_tokens()).collect::<Vec<_>>());
        for (row, range) in offsets.iter().enumerate() {
            assert_eq!(offsets.range(row), range);
        }
        assert_eq!(Offsets::new(offsets.as_slice()).unwrap(), offsets);
    }
}

#[test]
fn pieces_are_the_rows() {
    for seed in 0..100 {
        let offsets = Offsets::from_lengths(lengths(seed));
        let mut data: Vec<usize> = (0..3 * offsets.n_tokens()).collect();
        let pieces = offsets.split(&mut data, 3);
        assert_eq!(pieces.len(), offsets.n_rows());
        for (piece, row) in pieces.iter().zip(offsets.iter()) {
            assert_eq!(**piece, (3 * row.start..3 * row.end).collect::<Vec<_>>());
        }
    }
}

#[test]
fn groups_are_consecutive_and_as_large_as_they_may_be() {
    for seed in 0..100 {
        let offsets = Offsets::from_lengths(lengths(seed));
        let tokens = |rows: &Range<usize>| rows.clone().map(|row| offsets.range(row).len()).sum();
        for most in [0, 1, 7, 1000] {
            let groups = offsets.groups(most);
            let rows: Vec<usize> = groups.iter().cloned().flatten().collect();
            assert_eq!(rows, (0..offsets.n_rows()).collect::<Vec<_>>());
            for (i, group) in groups.iter().enumerate() {
                let n: usize = tokens(group);
                assert!(n <= most || group.len() == 1, "{most}: {group:?}");
                // The next row would not have fitted.
                let next = group.start..group.end + 1;
                assert!(i + 1 == groups.len() || tokens(&next) > most, "{most}: {group:?}");
            }
        }
    }
}
