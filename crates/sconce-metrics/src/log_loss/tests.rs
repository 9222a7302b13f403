//! What is no probability is named, and a certain mistake stays finite.

use super::LogLoss;
use crate::Metric;

#[test]
fn what_is_no_distribution_is_not_counted() {
    let mut loss = LogLoss::new(2);
    loss.update(&[1], &[0.5, 0.5]).unwrap();
    let before = loss.clone();
    let cases: [(&[u32], &[f64], &str); 6] = [
        (&[0, 1], &[0.5, 0.5], "2 probabilities for 2 examples of 2 labels"),
        (&[2], &[0.5, 0.5], "target 2 at position 0 is out of range"),
        (&[0], &[1.5, -0.5], "probability 1.5 at position 0 is not between 0 and 1"),
        (&[0], &[0.5, f64::NAN], "probability NaN at position 1"),
        (&[0, 0], &[0.5, 0.5, 0.9, 0.8], "of example 1 add up to 1.7000000000000002, not to 1"),
        (&[0], &[], "0 probabilities for 1 examples"),
    ];
    for (targets, probabilities, message) in cases {
        let error = loss.update(targets, probabilities).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(loss, before);
    let mut none = LogLoss::new(0);
    assert!(none.update(&[], &[]).is_ok());
    assert!(none.update(&[0], &[]).is_err());
}

#[test]
fn the_probability_of_label_1_is_enough_for_two() {
    let (mut one, mut both) = (LogLoss::binary(), LogLoss::new(2));
    one.update(&[0, 1, 1], &[0.25, 0.25, 0.75]).unwrap();
    both.update(&[0, 1, 1], &[0.75, 0.25, 0.75, 0.25, 0.25, 0.75]).unwrap();
    assert_eq!(one.value(), both.value());
    assert!(one.update(&[2], &[0.5]).is_err());
    one.reset();
    one.update(&[0], &[1.0]).unwrap();
    assert!((one.value() - 36.04).abs() < 0.01, "{}", one.value());
}
