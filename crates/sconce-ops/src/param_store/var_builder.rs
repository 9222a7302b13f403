//! A candle `VarBuilder` over a [`ParamStore`], so that models written for candle create their
//! parameters here and are trained, audited, saved and loaded like any other.

use candle_core::{DType, Device, Result, Shape, Tensor, bail};
use candle_nn::VarBuilder;
use candle_nn::var_builder::SimpleBackend;

use super::{ParamSpec, ParamStore};
use crate::init::Init;

impl ParamStore {
    /// This store as candle's `VarBuilder`. candle's constant, uniform and normal hints are kept,
    /// its Kaiming hints become PyTorch's default for linear layers, and every value comes from
    /// this store's seed (candle's own CPU generator cannot be seeded). A fresh
    /// tensor that is asked for without a hint is zero, as with candle's `VarMap`.
    ///
    /// A layer keeps the tensor that it got: freezing a parameter later drops its gradient, but no
    /// longer saves the work.
    pub fn var_builder(&self) -> VarBuilder<'static> {
        let backend: Box<dyn SimpleBackend> = Box::new(self.clone());
        VarBuilder::from_backend(backend, self.dtype(), self.device().clone())
    }
}

impl SimpleBackend for ParamStore {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        hint: candle_nn::Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        if dtype != self.dtype() || !device.same_device(self.device()) {
            bail!("parameter `{name}` must be {:?} on {:?}", self.dtype(), self.device());
        }
        let init = match hint {
            candle_nn::Init::Const(value) => Init::Constant(value),
            candle_nn::Init::Uniform { lo, up } => Init::Uniform { low: lo, high: up },
            candle_nn::Init::Randn { mean, stdev } => Init::Normal { mean, std: stdev },
            candle_nn::Init::Kaiming { .. } => Init::TorchLinear,
        };
        Ok(self.get_or_create(name, &ParamSpec::new(shape, init))?.tensor())
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        if let Some(param) = ParamStore::get(self, name) {
            return Ok(param.tensor());
        }
        let source = self.shared.source.as_ref();
        let Some(shape) = source.and_then(|source| source.shape(name)).map(Shape::from) else {
            bail!("no parameter `{name}` in this store or the file that it was opened from");
        };
        SimpleBackend::get(self, shape, name, candle_nn::Init::Const(0.), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.contents().contains(name)
            || self.shared.source.as_ref().is_some_and(|source| source.shape(name).is_some())
    }
}
