//! Orders, stop rules and shares of sources.

use super::*;
use crate::Error;

type Rows = std::vec::IntoIter<Result<u32>>;

fn sources(lengths: &[u32]) -> Vec<impl FnMut() -> Result<Rows> + use<>> {
    let open = |(at, length): (usize, &u32)| {
        let (first, length) = (at as u32 * 10, *length);
        move || Ok((first..first + length).map(Ok).collect::<Vec<_>>().into_iter())
    };
    lengths.iter().enumerate().map(open).collect()
}

#[test]
fn sources_in_turn_come_as_hugging_faces_streams_have_them() {
    // The lists of the documentation of `interleave_datasets`, cut for streams where it stops.
    let cases: [(StopRule, &[u32]); 3] = [
        (StopRule::FirstExhausted, &[0, 10, 20, 1, 11, 21, 2]),
        (StopRule::AllExhausted, &[0, 10, 20, 1, 11, 21, 2, 12, 22, 0, 13, 23, 1, 10, 24]),
        (StopRule::AllExhaustedOnce, &[0, 10, 20, 1, 11, 21, 2, 12, 22, 13, 23, 24]),
    ];
    for (rule, expected) in cases {
        let rows = Interleave::in_turn(sources(&[3, 4, 5]), rule).unwrap();
        assert_eq!(rows.collect::<Result<Vec<u32>>>().unwrap(), expected, "{rule:?}");
    }
}

#[test]
fn weights_are_the_shares_of_sources_and_a_seed_repeats_them() {
    let open = |first: u32| move || Ok((0..1_000_000).map(move |_| Ok(first)));
    let draw = |seed| {
        let rows = Interleave::weighted(
            vec![open(0), open(1), open(2)],
            &[1., 7., 2.],
            seed,
            StopRule::FirstExhausted,
        );
        rows.unwrap().take(10_000).collect::<Result<Vec<u32>>>().unwrap()
    };
    let rows = draw(1);
    for (source, expected) in [(0, 1000_usize), (1, 7000), (2, 2000)] {
        let count = rows.iter().filter(|row| **row == source).count();
        // Five standard deviations of 10,000 draws are at most 230.
        assert!(count.abs_diff(expected) < 230, "{source}: {count}");
    }
    assert_eq!(draw(1), rows);
    assert_ne!(draw(2), rows);
}

#[test]
fn weights_that_are_none_and_errors_of_sources_are_reported() {
    for weights in [&[1.][..], &[1., 0.], &[1., f64::NAN], &[]] {
        let made = Interleave::weighted(sources(&[1, 1]), weights, 1, StopRule::FirstExhausted);
        assert!(matches!(made.err(), Some(Error::Data(DataError::Weights { .. }))));
    }
    assert!(Interleave::in_turn(sources(&[]), StopRule::FirstExhausted).is_err());
    let fails = || Ok(vec![Ok(1), Err(Error::NoLabels), Ok(2)].into_iter());
    let mut rows = Interleave::in_turn(vec![fails], StopRule::FirstExhausted).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), 1);
    assert!(rows.next().unwrap().is_err());
    assert!(rows.next().is_none());
    let empty = Interleave::in_turn(sources(&[0, 2]), StopRule::AllExhausted).unwrap();
    assert_eq!(empty.collect::<Result<Vec<u32>>>().unwrap(), [10, 11]);
}

#[test]
fn a_buffer_gives_every_row_once_in_an_order_of_its_seed() {
    let shuffle = |size, seed| ShuffleBuffer::new(0..1000_u32, size, seed).collect::<Vec<u32>>();
    for size in [0, 1, 7, 1000, 5000] {
        let mut rows = shuffle(size, 1);
        assert_eq!(rows == (0..1000).collect::<Vec<u32>>(), size <= 1, "{size}");
        // A row comes before its place only as far as the buffer reaches.
        assert!(rows.iter().enumerate().all(|(at, row)| *row as usize <= at + size.max(1)));
        rows.sort_unstable();
        assert!(rows.into_iter().eq(0..1000), "{size}");
    }
    assert_eq!(shuffle(100, 1), shuffle(100, 1));
    assert_ne!(shuffle(100, 1), shuffle(100, 2));
}

#[test]
fn rows_made_in_parallel_keep_their_order() {
    for n_at_once in [0, 1, 64, 5000] {
        let made = ParallelMap::new(0..1000_u32, n_at_once, |row| row * 2);
        assert!(made.eq((0..1000).map(|row| row * 2)));
    }
}

#[test]
fn of_equal_rows_the_first_is_kept() {
    let mut rows =
        Deduplicate::new(["a", "B", "b", "a", "c"].into_iter(), |row| row.to_lowercase());
    assert_eq!(rows.by_ref().collect::<Vec<&str>>(), ["a", "B", "c"]);
    assert_eq!(rows.n_left_out(), 2);
}
