//! Correlation where it is known, and 0 where it is not defined.

use super::Matthews;
use crate::Metric;

#[test]
fn a_guess_of_one_label_is_worth_nothing() {
    let cases: [(&[u32], &[u32], f64); 6] = [
        (&[0, 0, 0, 1], &[0, 0, 0, 0], 0.0),
        (&[0, 0, 0, 0], &[0, 0, 0, 1], 0.0),
        (&[1, 1], &[1, 1], 0.0),
        (&[0, 1, 0, 1], &[1, 0, 1, 0], -1.0),
        (&[0, 1, 2, 2], &[0, 1, 2, 2], 1.0),
        (&[0, 0, 1, 1], &[0, 1, 0, 1], 0.0),
    ];
    for (targets, predictions, expected) in cases {
        let mut mcc = Matthews::new(3);
        mcc.update(targets, predictions).unwrap();
        assert!((mcc.value() - expected).abs() < 1e-15, "{targets:?} {predictions:?}");
    }
}
