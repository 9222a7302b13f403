//! Against PyTorch's linear layer and finite differences; a trap of candle's matmul.

use candle_core::{Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy};

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("linear");
    for case in golden.strings("cases").unwrap() {
        let key = |key: &str| format!("{case}.{key}");
        let tensor = |name: &str| golden.tensor_f64(&key(name)).unwrap();
        let var = |name: &str| Var::from_tensor(&tensor(name)).unwrap();
        let (x, w) = (var("x"), var("w"));
        let b = golden.contains(&key("b")).then(|| var("b"));
        let output = linear(&x, w.as_tensor(), b.as_ref().map(|b| b.as_tensor().into())).unwrap();
        assert_close(&case, &output, &tensor("y"), 1e-12, 1e-12).unwrap();
        let mut expected = vec![(&x, tensor("dx")), (&w, tensor("dw"))];
        expected.extend(b.as_ref().map(|b| (b, tensor("db"))));
        assert_gradients(&case, &output, &tensor("upstream"), &expected, 1e-12);
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let var = |shape: &[usize], phase| {
        Var::from_vec(wavy(shape.iter().product(), phase), shape, &Device::Cpu).unwrap()
    };
    let (x, w, b) = (var(&[4, 3], 0.), var(&[5, 3], 1.), var(&[5], 2.));
    let vars = [("x", &x), ("w", &w), ("b", &b)].map(|(name, var)| (name.into(), var.clone()));
    let loss = || linear(&x, w.as_tensor(), Some(b.as_tensor().into()))?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
}

#[test]
fn parameters_of_a_store_get_the_gradients_of_tensors() {
    let golden = golden("linear");
    let tensor = |name: &str| golden.tensor_f64(&format!("bias.{name}")).unwrap();
    let (weights, w) = store_with("w", &tensor("w"));
    let (biases, b) = store_with("b", &tensor("b"));
    let loss = || {
        let output = linear(&tensor("x"), &w, Some((&b).into())).unwrap();
        assert_close("y", &output, &tensor("y"), 1e-12, 1e-12).unwrap();
        (output * tensor("upstream")).unwrap().sum_all().unwrap()
    };
    for (name, store) in [("dw", &weights), ("db", &biases)] {
        let gradients = store.backward(&loss()).unwrap();
        let gradient = gradients.get(0).unwrap().values();
        assert_close(name, gradient, &tensor(name), 1e-12, 1e-12).unwrap();
    }
    // Frozen, the bias has none.
    b.set_trainable(false);
    assert!(biases.backward(&loss()).unwrap().get(0).is_none());
    assert!(weights.backward(&loss()).unwrap().get(0).is_some());
}

#[test]
fn a_transposed_input_equals_its_contiguous_copy() {
    let tensor = |dims: (usize, usize), phase| {
        Tensor::from_vec(wavy(dims.0 * dims.1, phase), dims, &Device::Cpu).unwrap()
    };
    let (x, w) = (tensor((5, 7), 0.).t().unwrap(), tensor((3, 5), 1.));
    let expected = linear(&x.contiguous().unwrap(), &w, None).unwrap();
    assert_close("transposed", &linear(&x, &w, None).unwrap(), &expected, 0., 0.).unwrap();
}
