//! What is dropped, how much, and that it is the same everywhere.

use candle_core::{DType, Device, Var};
use sconce_testing::finite_difference;

use super::*;
use crate::test_support::{wavy, with_threads};

fn ones(n: usize) -> Tensor {
    Tensor::ones(n, DType::F32, &Device::Cpu).unwrap()
}

fn dropped(n: usize, p: f64, mode: Mode) -> Vec<f32> {
    dropout(&ones(n), p, mode).unwrap().to_vec1().unwrap()
}

#[test]
fn the_share_of_dropped_elements_is_p_and_the_others_are_scaled() {
    for p in [0.1, 0.5, 0.9] {
        let n = 100_001;
        let out = dropped(n, p, Mode::train(1, 1));
        let zeros = out.iter().filter(|&&x| x == 0.).count() as f64;
        // Four standard errors of a binomial.
        let error = 4. * (p * (1. - p) / n as f64).sqrt();
        assert!((zeros / n as f64 - p).abs() < error, "{p}: {}", zeros / n as f64);
        let kept = (1. / (1. - p)) as f32;
        assert!(out.iter().all(|&x| x == 0. || x == kept));
    }
}

#[test]
fn the_key_alone_decides_the_mask() {
    let mask = |mode| dropped(10_000, 0.5, mode);
    let one = mask(Mode::train(1, 1).layer(3));
    assert_eq!(one, mask(Mode::train(1, 1).layer(3)));
    for other in [
        Mode::train(2, 1).layer(3),
        Mode::train(1, 2).layer(3),
        Mode::train(1, 1).layer(4),
        Mode::train(1, 1).layer(3).layer(3),
    ] {
        assert_ne!(one, mask(other));
    }
    let threads = |n| with_threads(n, || mask(Mode::train(1, 1).layer(3)));
    for n in [1, 2, 3] {
        assert_eq!(threads(n), one, "{n} threads");
    }
}

#[test]
fn the_gradient_passes_where_the_value_did() {
    let x = Var::from_tensor(&ones(999)).unwrap();
    let out = dropout(&x, 0.3, Mode::train(5, 6)).unwrap();
    let gradient = out.sum_all().unwrap().backward().unwrap().get(&x).unwrap().clone();
    assert_eq!(gradient.to_vec1::<f32>().unwrap(), out.to_vec1::<f32>().unwrap());
}

#[test]
fn the_gradient_equals_finite_differences() {
    let x = Var::from_vec(wavy(33, 0.), (11, 3), &Device::Cpu).unwrap();
    let loss = || dropout(&x, 0.3, Mode::train(5, 6))?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&[("x".into(), x.clone())], &loss, &options).unwrap();
}

#[test]
fn half_precision_is_composed_and_equals_the_kernel() {
    // Small whole numbers scaled by 2, which are exact in half precision; more than two blocks.
    let values: Vec<f32> = (0..9001).map(|i| (i % 61) as f32 + 1.).collect();
    let run = |dtype: DType| {
        let x = Tensor::from_slice(&values, 9001, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
        let x = Var::from_tensor(&x).unwrap();
        let output = dropout(&x, 0.5, Mode::train(5, 6)).unwrap();
        // Back-propagates x itself.
        let loss = (&output * x.as_detached_tensor()).unwrap().sum_all().unwrap();
        let gradients = loss.backward().unwrap();
        [output, gradients.get(&x).unwrap().clone()]
            .map(|tensor| tensor.to_dtype(DType::F32).unwrap().to_vec1::<f32>().unwrap())
    };
    let fused = run(DType::F32);
    for dtype in [DType::F16, DType::BF16] {
        assert!(run(dtype) == fused, "{dtype:?}");
    }
}

#[test]
fn evaluation_and_zero_probability_change_nothing() {
    assert_eq!(dropped(9, 0.5, Mode::Eval), [1.; 9]);
    assert_eq!(dropped(9, 0., Mode::train(1, 1)), [1.; 9]);
    for p in [1., -0.1, f64::NAN] {
        let error = dropout(&ones(1), p, Mode::Eval).unwrap_err().to_string();
        assert!(error.contains("at least 0 and below 1"), "{error}");
    }
}
