//! Against PyTorch, finite differences and candle's own operations.

use candle_core::{Device, Tensor, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, wavy, with_threads};

const ALL: [(&str, Activation); 7] = [
    ("gelu", Activation::Gelu),
    ("gelu_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("tanh", Activation::Tanh),
    ("sigmoid", Activation::Sigmoid),
    ("quick_gelu", Activation::QuickGelu),
];

#[test]
fn hugging_faces_names_are_known_and_no_other() {
    for (name, expected) in [
        ("gelu", Some(Activation::Gelu)),
        ("gelu_python", Some(Activation::Gelu)),
        ("gelu_new", Some(Activation::GeluTanh)),
        ("gelu_fast", Some(Activation::GeluTanh)),
        ("gelu_accurate", Some(Activation::GeluTanh)),
        ("gelu_pytorch_tanh", Some(Activation::GeluTanh)),
        ("quick_gelu", Some(Activation::QuickGelu)),
        ("relu", Some(Activation::Relu)),
        ("silu", Some(Activation::Silu)),
        ("swish", Some(Activation::Silu)),
        ("tanh", Some(Activation::Tanh)),
        ("sigmoid", Some(Activation::Sigmoid)),
        ("gelu_10", None), // clipped at ±10
        ("GELU", None),
        ("", None),
    ] {
        assert_eq!(Activation::from_name(name), expected, "{name}");
    }
    for (_, activation) in ALL {
        assert_eq!(Activation::from_name(activation.name()), Some(activation));
    }
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("activation");
    let tensor = |name: &str| golden.tensor_f64(name).unwrap();
    for (name, activation) in ALL {
        let x = Var::from_tensor(&tensor("x")).unwrap();
        let y = activation.forward(&x).unwrap();
        assert_close(name, &y, &tensor(&format!("{name}.y")), 1e-12, 1e-12).unwrap();
        let expected = [(&x, tensor(&format!("{name}.dx")))];
        assert_gradients(name, &y, &tensor("upstream"), &expected, 1e-12);
    }
}

#[test]
fn single_precision_is_close_to_double() {
    let golden = golden("activation");
    for (name, activation) in ALL {
        let x = Var::from_tensor(&golden.tensor("x").unwrap()).unwrap();
        let y = activation.forward(&x).unwrap();
        let expected = golden.tensor(&format!("{name}.y")).unwrap();
        assert_close(name, &y, &expected, 1e-6, 1e-6).unwrap();
        let dx = golden.tensor(&format!("{name}.dx")).unwrap();
        assert_gradients(name, &y, &golden.tensor("upstream").unwrap(), &[(&x, dx)], 2e-6);
    }
}

#[test]
fn composed_of_candles_operations_it_is_the_same() {
    for (name, activation) in ALL {
        let x = Var::from_vec(wavy(60, 0.4), 60, &Device::Cpu).unwrap();
        let x3 = (x.as_tensor() * 3.).unwrap();
        let upstream = Tensor::from_vec(wavy(60, 2.), 60, &Device::Cpu).unwrap();
        let (fused, composed) =
            (activation.forward(&x3).unwrap(), activation.composed(&x3).unwrap());
        // candle's gradient of the erf form has constants of six digits.
        let tolerance = if activation == Activation::Gelu { 1e-5 } else { 1e-12 };
        assert_close(name, &fused, &composed, 1e-12, 1e-12).unwrap();
        let gradient = |y: &Tensor| {
            let loss = (y * &upstream).unwrap().sum_all().unwrap();
            loss.backward().unwrap().get(&x).unwrap().clone()
        };
        assert_close(name, &gradient(&fused), &gradient(&composed), tolerance, tolerance).unwrap();
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for (name, activation) in ALL {
        let x = Var::from_vec(wavy(41, 0.7), 41, &Device::Cpu).unwrap();
        let loss = || activation.forward(&(x.as_tensor() * 4.)?)?.sqr()?.sum_all();
        let vars = [(name.into(), x.clone())];
        let options = finite_difference::Options::for_f64();
        finite_difference::check_autograd(&vars, &loss, &options).unwrap();
    }
}

#[test]
fn relu_has_derivative_zero_at_zero_and_nan_goes_through() {
    let x = Var::new(&[0f32, -0., 1.], &Device::Cpu).unwrap();
    let upstream = Tensor::ones(3, candle_core::DType::F32, &Device::Cpu).unwrap();
    let expected = Tensor::new(&[0f32, 0., 1.], &Device::Cpu).unwrap();
    let forms = [Activation::forward, |f: Activation, x: &Tensor| f.composed(x)];
    for form in forms {
        let y = form(Activation::Relu, x.as_tensor()).unwrap();
        assert_gradients("relu", &y, &upstream, &[(&x, expected.clone())], 0.);
    }
    let nan = Tensor::new(&[f32::NAN], &Device::Cpu).unwrap();
    for (name, activation) in ALL {
        let y = activation.forward(&nan).unwrap().to_vec1::<f32>().unwrap();
        assert!(y[0].is_nan(), "{name} of NaN is {}", y[0]);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let x = Tensor::from_vec(wavy(20_000, 0.1), 20_000, &Device::Cpu).unwrap();
    for (name, activation) in ALL {
        let run = |threads| {
            with_threads(threads, || activation.forward(&x).unwrap().to_vec1::<f64>().unwrap())
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3), "{name}");
    }
}
