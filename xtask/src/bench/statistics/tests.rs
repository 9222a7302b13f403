//! Tests of the statistics.

use super::*;

#[test]
fn the_median_is_the_middle() {
    let cases: [(&[f64], f64); 4] =
        [(&[], 0.0), (&[3.0], 3.0), (&[9.0, 1.0, 2.0], 2.0), (&[4.0, 1.0, 2.0, 9.0], 3.0)];
    for (values, expected) in cases {
        assert_eq!(median(values), expected, "{values:?}");
    }
}

#[test]
fn the_deviation_is_that_of_a_sample() {
    let cases: [(&[f64], (f64, f64)); 3] =
        [(&[], (0.0, 0.0)), (&[2.0], (2.0, 0.0)), (&[1.0, 3.0], (2.0, 2.0_f64.sqrt()))];
    for (values, expected) in cases {
        assert_eq!(mean_and_deviation(values), expected, "{values:?}");
    }
}
