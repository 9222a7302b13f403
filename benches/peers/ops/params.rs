//! Parameters of given values, and what a case gives back of them.

use candle_core::{Result, Tensor, bail};
use sconce_ops::{Gradients, Init, Param, ParamSpec, ParamStore, Params};

use crate::handed::handed;

/// A parameter that decays, as all do in PyTorch.
pub fn param(scope: &Params, name: &str, values: &Tensor) -> Result<Param> {
    let param = scope.get(name, ParamSpec::new(values.shape(), Init::Constant(0.)))?;
    param.var().set(values)?;
    Ok(param)
}

/// PyTorch's `y.backward(upstream)`: gives `y` and the gradients of all parameters. An input that
/// wants a gradient is a parameter too.
pub fn backward(store: &ParamStore, y: Tensor, upstream: &Tensor) -> Result<Vec<Tensor>> {
    let gradients = store.backward(&handed(&y, upstream)?)?;
    results(store, y, &gradients)
}

/// The output and all gradients.
pub fn results(store: &ParamStore, y: Tensor, gradients: &Gradients) -> Result<Vec<Tensor>> {
    let mut results = vec![y];
    for (index, param) in store.params().iter().enumerate() {
        let Some(gradient) = gradients.get(index) else {
            bail!("{}: no gradient", param.name());
        };
        results.push(gradient.values().clone());
    }
    Ok(results)
}
