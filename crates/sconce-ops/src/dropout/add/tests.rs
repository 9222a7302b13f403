//! The sum of parts, forward and backward.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::dropout;
use crate::test_support::{wavy, with_threads};

fn var(n: usize, phase: f64) -> Var {
    Var::from_vec(wavy(n, phase), n, &Device::Cpu).unwrap()
}

#[test]
fn the_sum_and_its_gradients_equal_those_of_the_parts() {
    let mode = Mode::train(1, 2);
    for n in [1, 2, 63, 64, 65, 4097, 9001] {
        for dtype in [DType::F64, DType::F32, DType::F16] {
            let var = |phase| Var::from_tensor(&var(n, phase).to_dtype(dtype).unwrap()).unwrap();
            let (x, residual) = (var(0.), var(1.));
            let fused = add_dropout(&x, &residual, 0.3, mode).unwrap();
            let parts = (residual.as_tensor() + dropout(&x, 0.3, mode).unwrap()).unwrap();
            assert_close("sum", &fused, &parts, 0., 0.).unwrap();
            let gradients = |output: Tensor| {
                let loss = (output * var(2.).as_tensor()).unwrap().sum_all().unwrap();
                let gradients = loss.backward().unwrap();
                [&x, &residual].map(|var| gradients.get(var).unwrap().clone())
            };
            for (fused, parts) in gradients(fused).iter().zip(gradients(parts)) {
                assert_close("gradient", fused, &parts, 0., 0.).unwrap();
            }
        }
    }
}

#[test]
fn the_gradients_equal_finite_differences() {
    let (x, residual) = (var(33, 0.), var(33, 1.));
    let loss = || add_dropout(&x, &residual, 0.3, Mode::train(5, 6))?.sqr()?.sum_all();
    let vars = [("x".into(), x.clone()), ("residual".into(), residual.clone())];
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
}

#[test]
fn a_dropped_element_that_is_no_number_is_dropped() {
    let x = Tensor::full(f64::NAN, 1000, &Device::Cpu).unwrap();
    let residual = x.ones_like().unwrap();
    let out = add_dropout(&x, &residual, 0.5, Mode::train(5, 6)).unwrap();
    let out = out.to_vec1::<f64>().unwrap();
    assert!(out.iter().any(|x| x.is_nan()) && out.contains(&1.));
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let run = || {
        let out = add_dropout(&var(20_000, 0.), &var(20_000, 1.), 0.3, Mode::train(1, 2));
        out.unwrap().to_vec1::<f64>().unwrap()
    };
    let one = with_threads(1, run);
    assert!(with_threads(2, run) == one && with_threads(3, run) == one);
}

#[test]
fn evaluation_is_a_sum_and_shapes_must_be_equal() {
    let (x, residual) = (var(5, 0.), var(5, 1.));
    let sum = add_dropout(&x, &residual, 0.5, Mode::Eval).unwrap();
    assert_close("sum", &sum, &(residual.as_tensor() + x.as_tensor()).unwrap(), 0., 0.).unwrap();
    let error = add_dropout(&x, &var(4, 0.), 0.5, Mode::Eval).unwrap_err().to_string();
    assert!(error.contains("x has shape [5], the residual [4]"), "{error}");
    let error = add_dropout(&x, &residual, 1.5, Mode::Eval).unwrap_err().to_string();
    assert!(error.contains("below 1, got 1.5"), "{error}");
}
