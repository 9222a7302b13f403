//! The norm of a layer, alone or at the end of a residual connection.

use candle_core::{Result, Tensor};
use sconce_ops::{
    Init, Mode, Param, ParamSpec, add_layer_norm, add_rms_norm, layer_norm, rms_norm,
};

use super::config::NormKind;
use super::scope::Scope;

/// A layer norm or an RMS norm.
#[derive(Debug, Clone)]
pub(crate) struct Norm {
    weight: Param,
    bias: Option<Param>,
    eps: f64,
}

impl Norm {
    pub(crate) fn new(kind: NormKind, dim: usize, eps: f64, scope: &Scope) -> Result<Self> {
        let weight = scope.get("weight", ParamSpec::new(dim, Init::Constant(1.)).no_decay())?;
        let bias = (kind == NormKind::Layer)
            .then(|| scope.get("bias", ParamSpec::new(dim, Init::Constant(0.)).no_decay()));
        Ok(Self { weight, bias: bias.transpose()?, eps })
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.bias {
            Some(bias) => layer_norm(x, &self.weight, Some(bias.into()), self.eps),
            None => rms_norm(x, &self.weight, self.eps),
        }
    }

    /// `norm(residual + dropout(x))`.
    pub(crate) fn after(
        &self,
        x: &Tensor,
        residual: &Tensor,
        dropout: f64,
        mode: Mode,
    ) -> Result<Tensor> {
        let (w, eps) = (&self.weight, self.eps);
        match &self.bias {
            Some(bias) => add_layer_norm(x, residual, w, Some(bias.into()), eps, dropout, mode),
            None => add_rms_norm(x, residual, w, eps, dropout, mode),
        }
    }
}
