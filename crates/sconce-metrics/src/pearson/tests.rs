//! Numbers at the ends of their range still correlate.

use super::correlation;

#[test]
fn extreme_numbers_correlate() {
    let cases: [(&[f64], f64); 6] = [
        (&[-f64::MAX, 0.0, f64::MAX], 1.0),
        (&[f64::MAX, 0.0, -f64::MAX], -1.0),
        (&[1e300, 2e300, 3e300], 1.0),
        (&[1e-300, 2e-300, 3e-300], 1.0),
        (&[1e15, 1e15 + 1.0, 1e15 + 2.0], 1.0),
        (&[7.0, 7.0, 7.0], 0.0),
    ];
    for (values, expected) in cases {
        let actual = correlation(values, &[1.0, 2.0, 3.0]);
        assert!((actual - expected).abs() < 1e-12, "{values:?}: {actual}");
    }
    // Too small to be told apart once scaled: as if equal.
    assert_eq!(correlation(&[0.0, 5e-324], &[0.0, 1.0]), 0.0);
    assert_eq!(correlation(&[], &[]), 0.0);
}
