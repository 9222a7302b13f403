//! Against candle's own operations and finite differences.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{wavy, with_threads};

const ALL: [Activation; 5] =
    [Activation::Silu, Activation::Gelu, Activation::GeluTanh, Activation::Relu, Activation::Tanh];

#[test]
fn values_equal_those_composed_and_gradients_finite_differences() {
    for activation in ALL {
        for dims in [vec![3, 10], vec![2, 3, 6], vec![1, 2], vec![0, 4]] {
            let n = dims.iter().product();
            let x = Var::from_vec(wavy(n, 0.4), dims.clone(), &Device::Cpu).unwrap();
            let y = gated_activation(&x, activation).unwrap();
            let name = format!("{activation:?} {dims:?}");
            assert_close(&name, &y, &composed(&x, activation).unwrap(), 1e-12, 1e-12).unwrap();
            if n > 0 {
                let loss = || gated_activation(&x, activation)?.sqr()?.sum_all();
                let options = finite_difference::Options::for_f64();
                finite_difference::check_autograd(&[(name, x.clone())], &loss, &options).unwrap();
            }
        }
    }
}

#[test]
fn views_single_precision_and_threads_make_no_difference() {
    let x = Tensor::from_vec(wavy(40 * 3000, 0.2), (40, 3000), &Device::Cpu).unwrap();
    let x = x.t().unwrap();
    let double = gated_activation(&x, Activation::Silu).unwrap();
    let single = x.to_dtype(DType::F32).unwrap();
    let run = |threads| {
        with_threads(threads, || {
            let y = gated_activation(&single, Activation::Silu).unwrap();
            y.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        })
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
    let one = Tensor::from_vec(one, double.shape(), &Device::Cpu).unwrap();
    assert_close("f32", &one, &double.to_dtype(DType::F32).unwrap(), 1e-6, 1e-6).unwrap();
}

#[test]
fn an_odd_row_is_refused() {
    let x = Tensor::zeros((2, 3), DType::F32, &Device::Cpu).unwrap();
    let error = gated_activation(&x, Activation::Silu).unwrap_err().to_string();
    assert!(error.contains("must be even") && error.contains("[2, 3]"), "{error}");
}
