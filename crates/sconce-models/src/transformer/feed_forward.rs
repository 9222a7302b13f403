//! The feed-forward network of a layer: `f(x · w₁ᵀ) · w₂ᵀ`, or with a gate
//! `(f(x · w_gᵀ) · (x · w₁ᵀ)) · w₂ᵀ` (Shazeer, 2020, arXiv:2002.05202).

use candle_core::{Result, Tensor};
use sconce_ops::{Activation, Mode, feed_forward, gated_activation};

use super::config::TransformerConfig;
use super::names::LayerNames;
use super::projection::{Projection, stacked};
use super::scope::{MapSpec, Scope};

/// Two or three maps with a function between them.
#[derive(Debug, Clone)]
pub(crate) struct FeedForward {
    /// The map inwards; before it the gate, if there is one.
    inner: Vec<Projection>,
    outer: Projection,
    activation: Activation,
}

impl FeedForward {
    pub(crate) fn new(
        config: &TransformerConfig,
        names: &LayerNames,
        scope: &Scope,
        outer_std: f64,
    ) -> Result<Self> {
        let (dim, inner_dim) = (config.hidden_size, config.intermediate_size);
        let spec = MapSpec {
            is_transposed: names.is_transposed,
            has_bias: config.biases.feed_forward,
            ..MapSpec::new(dim, inner_dim, config.initializer_range)
        };
        let gate = config.is_gated.then_some(names.gate);
        let inner = gate.into_iter().chain([names.inner]);
        let inner = inner.map(|name| scope.projection(name, spec)).collect::<Result<_>>()?;
        let outer = MapSpec { n_in: inner_dim, n_out: dim, std: outer_std, ..spec };
        let outer = scope.projection(names.outer, outer)?;
        Ok(Self { inner, outer, activation: config.activation })
    }

    /// # Shapes
    /// - x, output: `(n, hidden)`
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let h = match self.inner.as_slice() {
            [inner] if inner.is_plain() && self.outer.is_plain() => {
                let network = sconce_ops::FeedForward {
                    inner: inner.weights(),
                    activation: self.activation,
                    dropout: 0.,
                    outer: self.outer.weights(),
                };
                return feed_forward(x, &network, mode.layer(0));
            }
            [inner] => inner.activated(x, self.activation, mode.layer(1))?,
            gated => gated_activation(&stacked(gated, x, mode.layer(1))?, self.activation)?,
        };
        self.outer.forward(&h, mode.layer(2))
    }
}
