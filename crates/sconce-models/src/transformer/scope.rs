//! Where the parameters of a model are made: a place in the store, and the adapters that its maps
//! may get.

use candle_core::Result;
use sconce_ops::{Init, Param, ParamSpec, Params};

use super::projection::Projection;
use crate::lora::Adapters;

/// A place in the store.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    params: Params,
    adapters: Option<Adapters>,
    is_of_head: bool,
}

/// What a map of a layer looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MapSpec {
    pub(crate) n_in: usize,
    pub(crate) n_out: usize,
    pub(crate) has_bias: bool,
    /// Standard deviation of fresh weights.
    pub(crate) std: f64,
    /// Whether files hold the weight as `(n_in, n_out)`.
    pub(crate) is_transposed: bool,
    /// Why the bias may get no gradient, if it may.
    pub(crate) bias_may_be_zero: Option<&'static str>,
}

impl MapSpec {
    /// A map with a bias, in the usual layout.
    pub(crate) fn new(n_in: usize, n_out: usize, std: f64) -> Self {
        let (has_bias, is_transposed, bias_may_be_zero) = (true, false, None);
        Self { n_in, n_out, has_bias, std, is_transposed, bias_may_be_zero }
    }

    /// With a bias or without.
    pub(crate) fn biased(self, has_bias: bool) -> Self {
        Self { has_bias, ..self }
    }
}

impl Scope {
    pub(crate) fn new(params: &Params, adapters: Option<&Adapters>, is_of_head: bool) -> Self {
        Self { params: params.clone(), adapters: adapters.cloned(), is_of_head }
    }

    /// The place `name` below this one; this one for an empty name.
    pub(crate) fn pp(&self, name: impl std::fmt::Display) -> Self {
        let name = name.to_string();
        let params = if name.is_empty() { self.params.clone() } else { self.params.pp(name) };
        Self { params, ..self.clone() }
    }

    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// The parameter `name`.
    pub(crate) fn get(&self, name: &str, spec: ParamSpec) -> Result<Param> {
        self.params.get(name, spec)
    }

    /// A table of vectors by id.
    pub(crate) fn table(&self, name: &str, n: usize, dim: usize, std: f64) -> Result<Param> {
        let init = Init::Normal { mean: 0., std };
        self.params.pp(name).get("weight", ParamSpec::new((n, dim), init))
    }

    /// The affine map `name`, with an adapter if it is to have one.
    pub(crate) fn projection(&self, name: &str, spec: MapSpec) -> Result<Projection> {
        let scope = self.params.pp(name);
        let init = Init::Normal { mean: 0., std: spec.std };
        let mut weight = ParamSpec::new((spec.n_out, spec.n_in), init);
        if spec.is_transposed {
            weight = weight.transposed();
        }
        let weight = scope.get("weight", weight)?;
        let bias = spec.has_bias.then(|| {
            let mut bias = ParamSpec::new(spec.n_out, Init::Constant(0.)).no_decay();
            if let Some(reason) = spec.bias_may_be_zero {
                bias = bias.may_be_zero(reason);
            }
            scope.get("bias", bias)
        });
        let bias = bias.transpose()?;
        let adapter =
            self.adapters.as_ref().map(|adapters| adapters.of(&scope, &weight, self.is_of_head));
        Ok(Projection::new(weight, bias, adapter.transpose()?.flatten()))
    }
}
