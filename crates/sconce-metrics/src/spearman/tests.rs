//! Ranks with ties.

use super::average_ranks;

#[test]
fn equal_numbers_share_the_mean_of_their_ranks() {
    let cases: [(&[f64], &[f64]); 5] = [
        (&[3.0, 1.0, 2.0], &[3.0, 1.0, 2.0]),
        (&[5.0, 5.0, 1.0, 5.0], &[3.0, 3.0, 1.0, 3.0]),
        (&[2.0, 1.0, 1.0, 2.0], &[3.5, 1.5, 1.5, 3.5]),
        (&[0.0, -0.0, -1.0], &[2.5, 2.5, 1.0]),
        (&[], &[]),
    ];
    for (values, ranks) in cases {
        assert_eq!(average_ranks(values), ranks, "{values:?}");
    }
}
