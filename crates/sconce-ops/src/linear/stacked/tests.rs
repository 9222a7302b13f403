//! Stacked maps against single ones.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::wavy;
use crate::{Init, ParamSpec, ParamStore, linear};

fn var(shape: &[usize], phase: f64) -> Var {
    Var::from_vec(wavy(shape.iter().product(), phase), shape, &Device::Cpu).unwrap()
}

#[test]
fn outputs_and_gradients_equal_those_of_single_maps() {
    for dims in [vec![6, 5], vec![2, 3, 5], vec![1, 5], vec![0, 5]] {
        let x = var(&dims, 0.);
        let (w, v, b) = (var(&[3, 5], 1.), var(&[4, 5], 2.), var(&[3], 3.));
        let maps: [(Weight, Option<Weight>); 2] =
            [(w.as_tensor().into(), Some(b.as_tensor().into())), (v.as_tensor().into(), None)];
        let stacked = linear_stacked(&x, &maps).unwrap();
        let single = maps.clone().map(|(w, b)| linear(&x, w, b).unwrap());
        let single = Tensor::cat(&single, candle_core::D::Minus1).unwrap();
        assert_close("output", &stacked, &single, 1e-14, 1e-14).unwrap();
        let gradients = |y: &Tensor| y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let (actual, expected) = (gradients(&stacked), gradients(&single));
        for (name, var) in [("x", &x), ("w", &w), ("v", &v), ("b", &b)] {
            let (actual, expected) = (actual.get(var).unwrap(), expected.get(var).unwrap());
            assert_close(name, actual, expected, 1e-12, 1e-12).unwrap();
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let (x, w, b) = (var(&[4, 3], 0.), var(&[2, 3], 1.), var(&[2], 2.));
    let maps = [(w.as_tensor().into(), Some(b.as_tensor().into())), (w.as_tensor().into(), None)];
    let vars = [("x", &x), ("w", &w), ("b", &b)].map(|(name, var)| (name.into(), var.clone()));
    let loss = || linear_stacked(&x, &maps)?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
}

#[test]
fn parameters_of_a_store_get_the_gradients_of_single_maps() {
    let store = ParamStore::with_dtype(&Device::Cpu, DType::F64, 5);
    let param = |name: &str, shape: &[usize]| {
        store.root().get(name, ParamSpec::new(shape, Init::TorchLinear)).unwrap()
    };
    let (w, v, b) = (param("w", &[3, 5]), param("v", &[2, 5]), param("b", &[2]));
    v.set_trainable(false);
    let x = Tensor::from_vec(wavy(20, 0.3), (4, 5), &Device::Cpu).unwrap();
    let maps = [((&w).into(), None), ((&v).into(), Some((&b).into()))];
    let stacked = linear_stacked(&x, &maps).unwrap();
    let single = maps.clone().map(|(w, b)| linear(&x, w, b).unwrap());
    let single = Tensor::cat(&single, 1).unwrap();
    let gradients = |y: &Tensor| store.backward(&y.sqr().unwrap().sum_all().unwrap()).unwrap();
    let (actual, expected) = (gradients(&stacked), gradients(&single));
    assert!(actual.get(1).is_none(), "a frozen weight has no gradient");
    for index in [0, 2] {
        let (actual, expected) =
            (actual.get(index).unwrap().values(), expected.get(index).unwrap().values());
        assert_close("gradient", actual, expected, 1e-12, 1e-12).unwrap();
    }
}

#[test]
fn wrong_maps_are_refused() {
    let tensor = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let (x, w) = (tensor(&[4, 3]), tensor(&[2, 3]));
    let error = linear_stacked(&x, &[]).unwrap_err().to_string();
    assert!(error.contains("no maps"), "{error}");
    let narrow = tensor(&[2, 4]);
    let error = linear_stacked(&x, &[((&w).into(), None), ((&narrow).into(), None)]);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("weight 1 takes 4 features"), "{error}");
    let error = linear_stacked(&x, &[((&w).into(), Some((&x).into()))]).unwrap_err().to_string();
    assert!(error.contains("2 outputs, bias [4, 3]"), "{error}");
}
