//! One operation against the three it is made of.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{wavy, with_threads};
use crate::{Init, ParamSpec, ParamStore};

fn var(shape: &[usize], phase: f64) -> Var {
    Var::from_vec(wavy(shape.iter().product(), phase), shape, &Device::Cpu).unwrap()
}

/// `x` and the four weights of a network from 5 over 9 to 4.
fn variables() -> [(String, Var); 5] {
    let named = [
        ("x", var(&[2, 3, 5], 0.)),
        ("w1", var(&[9, 5], 1.)),
        ("b1", var(&[9], 2.)),
        ("w2", var(&[4, 9], 3.)),
        ("b2", var(&[4], 4.)),
    ];
    named.map(|(name, var)| (name.to_owned(), var))
}

fn network(vars: &[(String, Var); 5], biased: (bool, bool), activation: Activation) -> FeedForward {
    let weight = |i: usize| Weight::from(vars[i].1.as_tensor());
    FeedForward {
        inner: (weight(1), biased.0.then(|| weight(2))),
        activation,
        dropout: 0.3,
        outer: (weight(3), biased.1.then(|| weight(4))),
    }
}

#[test]
fn values_and_gradients_equal_those_of_single_operations() {
    let vars = variables();
    let biases = [(true, true), (true, false), (false, true), (false, false)];
    let activations = [Activation::Gelu, Activation::Relu, Activation::Silu, Activation::Tanh];
    for (biased, activation) in biases.into_iter().zip(activations) {
        for mode in [Mode::Eval, Mode::train(3, 4)] {
            let name = format!("{activation:?} {biased:?} {mode:?}");
            let network = network(&vars, biased, activation);
            let fused = feed_forward(&vars[0].1, &network, mode).unwrap();
            let single = composed(&vars[0].1, &network, mode).unwrap();
            assert_eq!(fused.dims(), [2, 3, 4]);
            assert_close(&name, &fused, &single, 1e-13, 1e-13).unwrap();
            let gradients = |y: &Tensor| y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let (actual, expected) = (gradients(&fused), gradients(&single));
            for (variable, var) in &vars {
                let name = format!("{name}: {variable}");
                match (actual.get(var), expected.get(var)) {
                    (Some(actual), Some(expected)) => {
                        assert_close(&name, actual, expected, 1e-11, 1e-11).unwrap();
                    }
                    (actual, expected) => {
                        assert_eq!(actual.is_some(), expected.is_some(), "{name}")
                    }
                }
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let vars = variables();
    let network = network(&vars, (true, true), Activation::GeluTanh);
    let loss = || feed_forward(&vars[0].1, &network, Mode::train(1, 2))?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
}

#[test]
fn parameters_get_gradients_on_any_number_of_threads() {
    let store = ParamStore::new(&Device::Cpu, 5);
    let param = |name: &str, shape: &[usize]| {
        store.root().get(name, ParamSpec::new(shape, Init::TorchLinear)).unwrap()
    };
    let (w, v) = (param("w", &[256, 64]), param("v", &[64, 256]));
    let frozen = param("frozen", &[256]);
    frozen.set_trainable(false);
    let network = FeedForward {
        inner: ((&w).into(), Some((&frozen).into())),
        activation: Activation::Gelu,
        dropout: 0.1,
        outer: ((&v).into(), None),
    };
    let x = Tensor::from_vec(wavy(100 * 64, 0.3), (100, 64), &Device::Cpu).unwrap();
    let x = x.to_dtype(DType::F32).unwrap();
    let run = |threads| {
        with_threads(threads, || {
            let y = feed_forward(&x, &network, Mode::train(1, 1)).unwrap();
            let gradients = store.backward(&y.sqr().unwrap().mean_all().unwrap()).unwrap();
            assert!(gradients.get(2).is_none(), "a frozen bias has no gradient");
            [0, 1].map(|i| {
                let gradient = gradients.get(i).unwrap().values().flatten_all().unwrap();
                gradient.to_vec1::<f32>().unwrap()
            })
        })
    };
    let one = run(1);
    assert!(one[0].iter().any(|&g| g != 0.) && one[1].iter().any(|&g| g != 0.));
    assert!(one == run(2) && one == run(3));
}

#[test]
fn what_does_not_fit_is_refused() {
    let vars = variables();
    let good = network(&vars, (true, true), Activation::Relu);
    let error = |network: &FeedForward| {
        feed_forward(&vars[0].1, network, Mode::Eval).unwrap_err().to_string()
    };
    let swapped =
        FeedForward { inner: good.outer.clone(), outer: good.inner.clone(), ..good.clone() };
    assert!(error(&swapped).contains("do not fit"));
    let wrong_bias =
        FeedForward { outer: (good.outer.0.clone(), good.inner.1.clone()), ..good.clone() };
    assert!(error(&wrong_bias).contains("4 outputs, bias [9]"));
    assert!(error(&FeedForward { dropout: 1., ..good }).contains("below 1, got 1"));
}
