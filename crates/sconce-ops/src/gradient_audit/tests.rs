//! A learning model passes; a cut graph, a dead parameter and a NaN are named.

use candle_core::{DType, Device, Tensor};

use super::*;
use crate::{Init, ParamSpec, linear};

/// Two layers; `cut` detaches between them, as an operation without a backward pass does.
fn observe(cut: bool, spec: ParamSpec, input: f32) -> Result<()> {
    let store = ParamStore::new(&Device::Cpu, 1);
    let first = store.root().pp("first").get("weight", spec)?;
    let second =
        store.root().pp("second").get("weight", ParamSpec::new((1, 4), Init::TorchLinear))?;
    let x = Tensor::full(input, (5, 3), &Device::Cpu)?;
    let mut audit = GradientAudit::default();
    for _ in 0..12 {
        let hidden = linear(&x, &first, None)?;
        let hidden = if cut { hidden.detach() } else { hidden };
        let hidden = (hidden + 1.)?;
        let loss = linear(&hidden, &second, None)?.sqr()?.sum_all()?;
        let gradients = store.backward(&loss)?;
        audit.observe(&store, &gradients)?;
    }
    Ok(())
}

fn spec() -> ParamSpec {
    ParamSpec::new((4, 3), Init::TorchLinear)
}

#[test]
fn a_model_that_learns_passes() {
    observe(false, spec(), 1.).unwrap();
}

#[test]
fn a_cut_graph_names_the_parameter_in_the_first_step() {
    let error = observe(true, spec(), 1.).unwrap_err().to_string();
    assert!(error.contains("no gradient reached first.weight in the first step"), "{error}");
    observe(true, spec().trainable(false), 1.).unwrap();
    observe(true, spec().may_be_zero("cut on purpose"), 1.).unwrap();
}

#[test]
fn a_gradient_that_stays_zero_is_named_after_ten_steps() {
    let error = observe(false, spec(), 0.).unwrap_err().to_string();
    assert!(error.contains("after 10 steps the gradient of first.weight"), "{error}");
    observe(false, spec().may_be_zero("its input is zero"), 0.).unwrap();
}

#[test]
fn a_gradient_that_is_not_a_number_is_named() {
    for value in [f32::NAN, f32::INFINITY] {
        let error = observe(false, spec(), value).unwrap_err().to_string();
        assert!(error.contains("of first.weight, second.weight is not finite"), "{error}");
    }
    let empty = Tensor::zeros((0, 3), DType::F32, &Device::Cpu).unwrap();
    assert_eq!(largest_magnitude(&empty).unwrap(), 0.);
}

#[test]
fn a_parameter_that_is_unfrozen_later_is_watched_from_then_on() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let get = |name: &str| store.root().get(name, ParamSpec::new((1, 3), Init::TorchLinear));
    let (used, unused) = (get("used").unwrap(), get("unused").unwrap());
    unused.set_trainable(false);
    let x = Tensor::ones((2, 3), DType::F32, &Device::Cpu).unwrap();
    let mut audit = GradientAudit::default();
    let mut step = || {
        let loss = linear(&x, &used, None)?.sum_all()?;
        audit.observe(&store, &store.backward(&loss)?)
    };
    for _ in 0..20 {
        step().unwrap();
    }
    unused.set_trainable(true);
    let error = step().unwrap_err().to_string();
    assert!(error.contains("no gradient reached unused in the first step"), "{error}");
}
