//! Views against their copies; the trap of candle's own product.

use candle_core::{Device, Tensor, Var};
use sconce_testing::finite_difference;

use super::*;
use crate::test_support::wavy;

fn tensor(shape: &[usize], phase: f64) -> Tensor {
    Tensor::from_vec(wavy(shape.iter().product(), phase), shape, &Device::Cpu).unwrap()
}

/// One entry of a product of matrices, by its definition.
fn entry(a: &Tensor, b: &Tensor, (i, j): (usize, usize)) -> f64 {
    let row = a.get(i).unwrap().to_vec1::<f64>().unwrap();
    let column = b.t().unwrap().get(j).unwrap().to_vec1::<f64>().unwrap();
    row.iter().zip(&column).map(|(a, b)| a * b).sum()
}

#[test]
fn transposed_views_with_a_shared_right_side_are_multiplied_right() {
    let a = tensor(&[2, 3, 5], 0.).transpose(1, 2).unwrap();
    let b = tensor(&[3, 4], 1.);
    let product = matmul(&a, &b).unwrap();
    assert_eq!(product.dims(), [2, 5, 4]);
    for batch in 0..2 {
        for at in [(0, 0), (4, 3), (2, 1)] {
            let actual = product.get(batch).unwrap().get(at.0).unwrap().get(at.1).unwrap();
            let difference =
                actual.to_scalar::<f64>().unwrap() - entry(&a.get(batch).unwrap(), &b, at);
            assert!(difference.abs() < 1e-12, "batch {batch} at {at:?}: off by {difference}");
        }
    }
}

#[test]
fn batches_are_broadcast_and_right_sides_transposed() {
    let (a, b) = (tensor(&[3, 1, 4, 5], 0.), tensor(&[2, 6, 5], 1.));
    let product = matmul_transposed(&a, &b).unwrap();
    assert_eq!(product.dims(), [3, 2, 4, 6]);
    let right = b.get(1).unwrap().t().unwrap();
    let expected = entry(&a.get(2).unwrap().get(0).unwrap(), &right, (3, 5));
    let actual = product.get(2).unwrap().get(1).unwrap().get(3).unwrap().get(5).unwrap();
    assert!((actual.to_scalar::<f64>().unwrap() - expected).abs() < 1e-12);
    assert!(matmul(&a, &b).is_err(), "5 columns against 6 rows");
}

#[test]
fn gradients_equal_finite_differences() {
    let var = |shape: &[usize], phase| Var::from_tensor(&tensor(shape, phase)).unwrap();
    let (a, b) = (var(&[2, 3, 4], 0.), var(&[5, 3], 1.));
    let vars = [("a", &a), ("b", &b)].map(|(name, var)| (name.into(), var.clone()));
    let loss = || matmul_transposed(&a.transpose(1, 2)?, &b)?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
}
