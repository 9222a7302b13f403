//! Sound gradients and falling losses pass, everything else fails by name.

use candle_core::{Device, Tensor};

use super::{every_parameter_gets_a_gradient, overfits};

fn gradient(name: &str, values: &[[f32; 2]]) -> (String, Tensor) {
    let flat = values.concat();
    (name.to_owned(), Tensor::from_vec(flat, (values.len(), 2), &Device::Cpu).unwrap())
}

#[test]
fn finite_gradients_with_one_nonzero_element_pass() {
    let gradients = [gradient("w", &[[0.0, 1e-9], [0.0, 0.0]]), gradient("b", &[[1.0, 2.0]])];
    every_parameter_gets_a_gradient(&gradients).unwrap();
}

#[test]
fn the_parameter_that_offends_is_named() {
    let cases = [
        (vec![], "would prove nothing"),
        (vec![gradient("w", &[[1.0, 1.0]]), gradient("b", &[[0.0, -0.0]])], "b: every element"),
        (vec![gradient("w", &[[1.0, 2.0], [f32::NAN, 0.0]])], "w: NaN at [1, 0]"),
        (vec![gradient("w", &[[0.0, f32::INFINITY]])], "w: inf at [0, 1]"),
    ];
    for (gradients, wanted) in cases {
        let message = every_parameter_gets_a_gradient(&gradients).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
}

#[test]
fn a_loss_that_reaches_the_target_stops_there() {
    let mut loss = 8.0f32;
    let mut halve = || {
        loss /= 2.0;
        Ok(loss)
    };
    assert_eq!(overfits(&mut halve, 10, 0.5).unwrap(), 4);
}

#[test]
fn a_loss_that_stays_up_or_explodes_fails() {
    let mut stuck = || Ok(0.7f32);
    let message = overfits(&mut stuck, 5, 0.5).unwrap_err().to_string();
    assert!(message.contains("after 5 steps the loss is 0.7, not 0.5"), "{message}");

    let mut loss = 1e30f32;
    let mut explode = || {
        loss *= 1e5;
        Ok(loss)
    };
    let message = overfits(&mut explode, 5, 0.5).unwrap_err().to_string();
    assert!(message.contains("loss of step 2: inf"), "{message}");
}
