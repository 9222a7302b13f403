//! Tensors are close exactly when each element is.

use candle_core::{Device, Tensor};

use super::{assert_close, unravel};
use crate::Error;

fn row(values: &[f64]) -> Tensor {
    Tensor::new(values, &Device::Cpu).unwrap()
}

#[test]
fn each_element_has_an_absolute_and_a_relative_allowance() {
    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;
    let cases: &[(f64, f64, f64, f64, bool)] = &[
        // actual, expected, atol, rtol, close
        (1.0, 1.0, 0.0, 0.0, true),
        (1.0, 1.1, 0.11, 0.0, true),
        (1.0, 1.1, 0.09, 0.0, false),
        (100.0, 101.0, 0.0, 0.01, true),
        (100.0, 102.0, 0.0, 0.01, false),
        (INF, INF, 0.0, 0.0, true),
        (INF, -INF, 1.0, 1.0, false),
        (1.0, INF, 1.0, 1.0, false),
        (INF, 1.0, 1.0, 1.0, false),
        (NAN, 1.0, 9.0, 9.0, false),
        (NAN, NAN, 9.0, 9.0, false),
    ];
    for &(actual, expected, atol, rtol, close) in cases {
        let result = assert_close("x", &row(&[actual]), &row(&[expected]), atol, rtol);
        assert_eq!(result.is_ok(), close, "{actual} against {expected}: {result:?}");
    }
}

#[test]
fn the_worst_element_is_reported_with_its_place_and_both_values() {
    let actual = Tensor::new(&[[1.0f32, 2.0, 3.0], [4.0, 5.5, 6.25]], &Device::Cpu).unwrap();
    let expected = Tensor::new(&[[1.0f64, 2.0, 3.0], [4.0, 5.0, 6.0]], &Device::Cpu).unwrap();
    match assert_close("logits", &actual, &expected, 0.125, 0.0) {
        Err(Error::NotClose { name, index, actual, expected, allowed, n_wrong, n_elements }) => {
            assert_eq!((name.as_str(), index), ("logits", vec![1, 1]));
            assert_eq!((actual, expected, allowed), (5.5, 5.0, 0.125));
            assert_eq!((n_wrong, n_elements), (2, 6));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_a_number_is_worse_than_any_difference() {
    let error = assert_close("x", &row(&[9e9, f64::NAN]), &row(&[0.0, 0.0]), 0.0, 0.0).unwrap_err();
    assert!(error.to_string().contains("worst at [1]: NaN"), "{error}");
}

#[test]
fn shapes_must_agree() {
    let error = assert_close("x", &row(&[1.0]), &row(&[1.0, 2.0]), 9.0, 0.0).unwrap_err();
    assert_eq!(error.to_string(), "x: shape [1], expected [2]");
}

#[test]
fn a_flat_number_gives_its_place_back() {
    assert_eq!(unravel(0, &[]), [0usize; 0]);
    assert_eq!(unravel(23, &[2, 3, 4]), [1, 2, 3]);
    assert_eq!(unravel(5, &[2, 3]), [1, 2]);
}
