//! Gradients of many weights find their way, whatever the weights are.

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor, Var};
use sconce_testing::assert_close;

use super::*;
use crate::element::with_elements;
use crate::{Init, ParamSpec, ParamStore};

/// `x · (sum of all elements of all weights)`.
struct Scale(WeightList);

impl Scale {
    fn apply(x: &Tensor, weights: &[&Weight]) -> Result<Tensor> {
        let list = WeightList::new(weights)?;
        let argument = list.argument().clone();
        x.apply_op2(&argument, Self(list))
    }

    fn factor(&self) -> Result<f64> {
        let sum = |weight: &Held| {
            with_elements("scale", &weight.tensor, |w: &[f64]| Ok(w.iter().sum::<f64>()))
        };
        self.0.held.iter().map(sum).sum()
    }
}

impl CustomOp2 for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x: &[f64] = crate::element::contiguous("scale", x, layout)?;
        let factor = self.factor()?;
        Ok(crate::element::result(x.iter().map(|x| x * factor).collect(), layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dx = (gradient * self.factor()?)?;
        let dw = (gradient * x)?.sum_all()?;
        let gradients = self.0.held.iter().enumerate().map(|(i, weight)| {
            let tracked = self.0.is_tracked(i);
            tracked.then(|| dw.broadcast_as(weight.tensor.shape())?.contiguous()).transpose()
        });
        Ok((Some(dx), self.0.gradients(gradients.collect::<Result<_>>()?)?))
    }
}

#[test]
fn parameters_variables_and_constants_may_be_mixed() {
    let device = Device::Cpu;
    let x = Tensor::new(&[1f64, 2., 3.], &device).unwrap();
    let store = ParamStore::with_dtype(&device, candle_core::DType::F64, 3);
    let param =
        |name: &str| store.root().get(name, ParamSpec::new((2, 2), Init::Constant(0.5))).unwrap();
    let (first, second, frozen) = (param("first"), param("second"), param("frozen"));
    frozen.set_trainable(false);
    let var = Var::from_tensor(&Tensor::new(&[1f64, -1., 2.], &device).unwrap()).unwrap();
    // The gradient of each element of each weight is the sum of x.
    let (square, line) = (Tensor::full(6f64, (2, 2), &device), Tensor::full(6f64, 3, &device));
    let (square, line) = (square.unwrap(), line.unwrap());
    for with_var in [false, true] {
        let mut weights: Vec<Weight> = vec![(&frozen).into(), (&first).into(), (&second).into()];
        if with_var {
            weights.insert(1, var.as_tensor().into());
        }
        let weights: Vec<&Weight> = weights.iter().collect();
        let loss = || Scale::apply(&x, &weights).unwrap().sum_all().unwrap();
        let gradients = store.backward(&loss()).unwrap();
        for (index, name) in [(0, "first"), (1, "second")] {
            assert_close(name, gradients.get(index).unwrap().values(), &square, 0., 0.).unwrap();
        }
        assert!(gradients.get(2).is_none(), "a frozen parameter has no gradient");
        if with_var {
            let gradients = loss().backward().unwrap();
            assert_close("var", gradients.get(&var).unwrap(), &line, 0., 0.).unwrap();
        }
    }
}

#[test]
fn without_tracked_weights_nothing_is_recorded() {
    let x = Tensor::new(&[1f64], &Device::Cpu).unwrap();
    let constant: Weight = (&x).into();
    assert!(!Scale::apply(&x, &[&constant]).unwrap().track_op());
    assert!(!WeightList::new(&[]).unwrap().any_tracked());
}
