//! Against PyTorch's linear layer and finite differences; a trap of candle's matmul.

use candle_core::{DType, Device, Var};
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

#[test]
fn an_activation_in_the_operation_equals_one_after_it() {
    let activations = [
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Relu,
        Activation::Silu,
        Activation::Tanh,
    ];
    let var = |shape: &[usize], phase| {
        Var::from_vec(wavy(shape.iter().product(), phase), shape, &Device::Cpu).unwrap()
    };
    let (x, w, b) = (var(&[2, 3, 5], 0.), var(&[7, 5], 1.), var(&[7], 2.));
    let upstream = var(&[2, 3, 7], 3.);
    for activation in activations {
        for bias in [Some(b.as_tensor().into()), None] {
            let name = format!("{activation:?}");
            let fused = linear_activated(&x, w.as_tensor(), bias.clone(), activation).unwrap();
            let after = linear(&x, w.as_tensor(), bias.clone()).unwrap();
            let after = activation.forward(&after).unwrap();
            assert_close(&name, &fused, &after, 1e-14, 1e-14).unwrap();
            let gradients = (&after * upstream.as_tensor()).unwrap().sum_all().unwrap();
            let gradients = gradients.backward().unwrap();
            let mut expected = vec![&x, &w];
            expected.extend(bias.is_some().then_some(&b));
            let expected: Vec<_> =
                expected.iter().map(|&var| (var, gradients.get(var).unwrap().clone())).collect();
            assert_gradients(&name, &fused, &upstream, &expected, 1e-13);
            let weight = Weight::from(w.as_tensor());
            let composed = composed(&x, &weight, bias.as_ref(), Some(activation)).unwrap();
            assert_close(&name, &composed, &fused, 1e-12, 1e-12).unwrap();
        }
    }
}

#[test]
fn single_precision_is_close_to_double_for_every_batch_size() {
    for m in [0usize, 1, 2, 5, 8, 31, 32, 33, 64, 200] {
        let tensor = |shape: (usize, usize), phase| {
            Tensor::from_vec(wavy(shape.0 * shape.1, phase), shape, &Device::Cpu).unwrap()
        };
        let (x, w, b) = (tensor((m, 70), 0.), tensor((45, 70), 1.), tensor((1, 45), 2.));
        let run = |dtype| {
            let cast =
                |tensor: &Tensor| Var::from_tensor(&tensor.to_dtype(dtype).unwrap()).unwrap();
            let (x, w, b) = (cast(&x), cast(&w), cast(&b.squeeze(0).unwrap()));
            let y = linear(&x, w.as_tensor(), Some(b.as_tensor().into())).unwrap();
            let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let gradient = |var: &Var| gradients.get(var).unwrap().clone();
            [y.clone(), gradient(&x), gradient(&w), gradient(&b)]
        };
        let (single, double) = (run(DType::F32), run(DType::F64));
        for (i, (single, double)) in single.iter().zip(&double).enumerate() {
            let double = double.to_dtype(DType::F32).unwrap();
            // Sums of up to 200 products of numbers near 10, in single precision.
            assert_close(&format!("{m} rows, {i}"), single, &double, 2e-2, 1e-5).unwrap();
        }
    }
}

#[test]
fn wrong_shapes_are_refused_with_their_sizes() {
    let tensor = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let (x, w) = (tensor(&[4, 3]), tensor(&[5, 3]));
    let error = linear(&tensor(&[4, 2]), &w, None).unwrap_err().to_string();
    assert!(error.contains("takes 3 features") && error.contains("[4, 2]"), "{error}");
    let bias = tensor(&[4]);
    let error = linear(&x, &w, Some((&bias).into())).unwrap_err().to_string();
    assert!(error.contains("5 outputs, bias [4]"), "{error}");
}
