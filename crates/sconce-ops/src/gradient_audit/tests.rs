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
    assert!(error.contains("no gradient reached `first.weight`"), "{error}");
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
        assert!(error.contains("is not finite in the first step"), "{error}");
    }
    let empty = Tensor::zeros((0, 3), DType::F32, &Device::Cpu).unwrap();
    assert_eq!(largest_magnitude(&empty).unwrap(), Some(0.));
}
