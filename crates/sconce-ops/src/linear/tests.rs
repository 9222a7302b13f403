//! Against PyTorch's linear layer; a trap of candle's matmul.

use candle_core::{Device, Var};
use sconce_testing::assert_close;

use super::*;
use crate::test_support::{assert_gradients, golden, wavy};

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
fn a_transposed_input_equals_its_contiguous_copy() {
    let tensor = |dims: (usize, usize), phase| {
        Tensor::from_vec(wavy(dims.0 * dims.1, phase), dims, &Device::Cpu).unwrap()
    };
    let (x, w) = (tensor((5, 7), 0.).t().unwrap(), tensor((3, 5), 1.));
    let expected = linear(&x.contiguous().unwrap(), &w, None).unwrap();
    assert_close("transposed", &linear(&x, &w, None).unwrap(), &expected, 0., 0.).unwrap();
}
