//! The affine maps of a layer, each perhaps with a low-rank adapter beside it.

use candle_core::{D, Result, Tensor};
use sconce_ops::{Activation, Mode, Param, Weight, linear, linear_activated, linear_stacked};

use crate::lora::Adapter;

/// `y = x · wᵀ + b`, and what an adapter adds to it.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    weight: Param,
    bias: Option<Param>,
    adapter: Option<Adapter>,
}

impl Projection {
    pub(crate) fn new(weight: Param, bias: Option<Param>, adapter: Option<Adapter>) -> Self {
        Self { weight, bias, adapter }
    }

    /// Weight and bias, for an operation that takes several maps.
    pub(crate) fn weights(&self) -> (Weight, Option<Weight>) {
        ((&self.weight).into(), self.bias.as_ref().map(Weight::from))
    }

    /// The adapter, unless it is merged into the weight.
    fn adapter(&self) -> Option<&Adapter> {
        self.adapter.as_ref().filter(|adapter| !adapter.is_merged())
    }

    /// Whether the weights alone are the whole map.
    pub(crate) fn is_plain(&self) -> bool {
        self.adapter().is_none()
    }

    /// Maps rows.
    ///
    /// # Shapes
    /// - x: `(n, n_in)`; output: `(n, n_out)`
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let (w, b) = self.weights();
        let y = linear(x, w, b)?;
        match self.adapter() {
            Some(adapter) => y + adapter.forward(x, mode)?,
            None => Ok(y),
        }
    }

    /// Maps rows and applies a function.
    pub(crate) fn activated(&self, x: &Tensor, f: Activation, mode: Mode) -> Result<Tensor> {
        if self.is_plain() {
            let (w, b) = self.weights();
            return linear_activated(x, w, b, f);
        }
        f.forward(&self.forward(x, mode)?)
    }
}

/// Several maps of the same rows, their outputs side by side.
pub(crate) fn stacked(maps: &[Projection], x: &Tensor, mode: Mode) -> Result<Tensor> {
    if let [map] = maps {
        return map.forward(x, mode);
    }
    if maps.iter().all(Projection::is_plain) {
        let weights: Vec<_> = maps.iter().map(Projection::weights).collect();
        return linear_stacked(x, &weights);
    }
    let outputs = (0..).zip(maps).map(|(i, map)| map.forward(x, mode.layer(i)));
    Tensor::cat(&outputs.collect::<Result<Vec<_>>>()?, D::Minus1)
}
