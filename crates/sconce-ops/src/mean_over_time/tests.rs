//! Against PyTorch's means, finite differences, and candle's own operations.

use candle_core::{Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, wavy};

#[test]
fn values_and_gradient_equal_those_of_pytorch() {
    let golden = golden("embedding_mean");
    let tensor = |key: &str| golden.tensor_f64(&format!("mean.{key}")).unwrap();
    let offsets = Offsets::new(golden.u32s("mean.offsets").unwrap()).unwrap();
    let x = Var::from_tensor(&tensor("x")).unwrap();
    for (kind, tolerance, output) in [
        ("fused", 1e-12, mean_over_time(&x, &offsets).unwrap()),
        // Its weights are made in single precision.
        ("composed", 1e-6, composed(&x, &offsets).unwrap()),
    ] {
        assert_close(kind, &output, &tensor("output"), tolerance, tolerance).unwrap();
        let expected = [(&x, tensor("dx"))];
        assert_gradients(kind, &output, &tensor("upstream"), &expected, tolerance);
    }
}

#[test]
fn gradient_equals_finite_differences() {
    let offsets = Offsets::from_lengths([2, 0, 1, 4]);
    let x = Var::from_vec(wavy(21, 0.), (7, 3), &Device::Cpu).unwrap();
    let loss = || mean_over_time(&x, &offsets)?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&[("x".into(), x.clone())], &loss, &options).unwrap();
}

#[test]
fn a_transposed_tensor_is_read_in_its_order() {
    let x = Tensor::from_vec(wavy(6, 0.), (2, 3), &Device::Cpu).unwrap().t().unwrap();
    let offsets = Offsets::from_lengths([3]);
    let expected = x.mean_keepdim(0).unwrap();
    assert_close("mean", &mean_over_time(&x, &offsets).unwrap(), &expected, 1e-12, 0.).unwrap();
    let error = mean_over_time(&x, &Offsets::from_lengths([2])).unwrap_err().to_string();
    assert!(error.contains("cover 2 tokens, the tensor has 3"), "{error}");
}
