//! How many tokens are kept, against the figures of the `tokenizers` library.

use super::*;

#[test]
fn the_longer_text_gives_way_first() {
    let cases = [
        // (first, second, limit) -> kept
        ((5, Some(3), 20), (5, 3)),
        ((10, Some(3), 8), (5, 3)),
        ((3, Some(10), 8), (3, 5)),
        ((10, Some(10), 9), (4, 5)),
        ((11, Some(10), 9), (5, 4)),
        ((2, Some(9), 5), (2, 3)),
        ((9, Some(2), 4), (2, 2)),
        ((9, Some(3), 4), (2, 2)),
        ((9, Some(9), 1), (0, 1)),
        ((9, None, 4), (4, 0)),
        ((9, Some(0), 4), (4, 0)),
        ((9, Some(9), 0), (0, 0)),
    ];
    for ((first, second, max_length), expected) in cases {
        let truncation = Truncation { max_length, strategy: Truncate::LongestFirst };
        assert_eq!(truncation.keep(first, second, 0).unwrap(), expected, "{first} {second:?}");
        let truncation = Truncation { max_length: max_length + 3, ..truncation };
        assert_eq!(truncation.keep(first, second, 3).unwrap(), expected, "{first} {second:?}");
    }
}

#[test]
fn one_text_alone_gives_way_down_to_its_last_token() {
    let first = Truncation { max_length: 8, strategy: Truncate::OnlyFirst };
    assert_eq!(first.keep(6, Some(3), 3).unwrap(), (2, 3));
    assert_eq!(first.keep(6, None, 3).unwrap(), (5, 0));
    let error = first.keep(2, Some(6), 3).unwrap_err().to_string();
    assert!(error.starts_with("only_first cannot take 3 tokens from a text of 2"), "{error}");
    let second = Truncation { max_length: 8, strategy: Truncate::OnlySecond };
    assert_eq!(second.keep(3, Some(6), 3).unwrap(), (3, 2));
    assert!(second.keep(6, None, 3).is_err());
    assert!(second.keep(5, None, 3).is_ok());
    let error = second.keep(5, None, 9).unwrap_err();
    assert!(matches!(error, Error::MaxLengthTooSmall { max_length: 8, n_special: 9 }));
}

#[test]
fn windows_overlap_by_the_stride_and_end_with_the_context() {
    type Ranges = &'static [(usize, usize)];
    let cases: [(usize, usize, usize, Ranges); 5] = [
        (0, 4, 1, &[(0, 0)]),
        (4, 4, 1, &[(0, 4)]),
        (5, 4, 1, &[(0, 4), (3, 5)]),
        (10, 4, 2, &[(0, 4), (2, 6), (4, 8), (6, 10)]),
        (7, 3, 0, &[(0, 3), (3, 6), (6, 7)]),
    ];
    for (n_tokens, room, stride, expected) in cases {
        let windows = Windows { max_length: room, stride };
        let ranges = windows.ranges(n_tokens, windows.room(0, 0).unwrap());
        let ranges: Vec<_> = ranges.into_iter().map(|range| (range.start, range.end)).collect();
        assert_eq!(ranges, expected);
    }
}

#[test]
fn windows_without_room_are_refused() {
    let windows = Windows { max_length: 10, stride: 2 };
    assert_eq!(windows.room(4, 3).unwrap(), 3);
    let error = windows.room(5, 3).unwrap_err().to_string();
    assert!(error.starts_with("stride 2 must be below the 2 tokens"), "{error}");
    let error = windows.room(7, 3).unwrap_err().to_string();
    assert!(error.starts_with("the question's 7 tokens and 3 special ones fill"), "{error}");
}
