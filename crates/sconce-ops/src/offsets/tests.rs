//! What is accepted, what is refused, and what is said then.

use super::*;

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
