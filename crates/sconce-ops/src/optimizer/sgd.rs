//! Stochastic gradient descent with momentum (Sutskever et al., 2013, *On the importance of
//! initialization and momentum in deep learning*), equal to `torch.optim.SGD`.
//!
//! `b ← μ b + (1 - τ) g` (at first `b = g`), `p ← p - lr · b`, or with Nesterov's momentum
//! `p ← p - lr · (g + μ b)`.

use candle_core::{Result, bail};

use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::elementwise::{self, Manner, Rule, ZeroGradient};
use super::number::Number;
use super::states::{Memory, OptimizerStates};
use super::{Decay, ParamGroups, Sparse};

/// Stochastic gradient descent.
#[derive(Debug, Default)]
pub struct Sgd {
    /// How much of the last step's direction stays, `μ`; 0 keeps no state.
    pub momentum: f64,
    /// How much of the gradient is held back from the direction, `τ`.
    pub dampening: f64,
    /// Nesterov's momentum: looks one step ahead. Needs momentum without dampening.
    pub nesterov: bool,
    /// Weight decay of the parameters that [decay](crate::Param::decays), in their gradient.
    pub weight_decay: f64,
    /// What row gradients do to the other rows. With momentum, both are the same, as in PyTorch.
    pub sparse: Sparse,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Sgd {
    /// PyTorch's defaults with this momentum.
    pub fn with_momentum(momentum: f64) -> Self {
        Self { momentum, ..Self::default() }
    }
}

optimizer!(Sgd);

impl Algorithm for Sgd {
    const NAME: &'static str = "sgd";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        let has_buffer = self.momentum != 0.;
        has_buffer.then(|| Slot::like("momentum_buffer", dims)).into_iter().collect()
    }

    fn validate(&self) -> Result<()> {
        if self.nesterov && (self.momentum <= 0. || self.dampening != 0.) {
            bail!(
                "sgd: Nesterov's momentum needs momentum above 0 and no dampening, got {} and {}",
                self.momentum,
                self.dampening
            );
        }
        Ok(())
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let is_first = turn.n_steps == 1;
        let rule = SgdRule {
            learning_rate: turn.learning_rate,
            momentum: self.momentum,
            keep: if is_first { 0. } else { self.momentum },
            take: if is_first { 1. } else { 1. - self.dampening },
            nesterov: self.nesterov,
        };
        let decay = Decay::Gradient;
        if self.momentum == 0. {
            let zero_gradient = ZeroGradient::Rests;
            let manner = Manner { decay, sparse: self.sparse, zero_gradient };
            elementwise::update::<0, _>(turn, memory, manner, rule)
        } else {
            let zero_gradient = ZeroGradient::Coasts;
            let manner = Manner { decay, sparse: Sparse::Dense, zero_gradient };
            elementwise::update::<1, _>(turn, memory, manner, rule)
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct SgdRule {
    learning_rate: f64,
    momentum: f64,
    /// Of the buffer.
    keep: f64,
    /// Of the gradient.
    take: f64,
    nesterov: bool,
}

impl Rule<0> for SgdRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, _: &mut [T; 0]) -> T {
        g.times(self.learning_rate)
    }
}

impl Rule<1> for SgdRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [buffer]: &mut [T; 1]) -> T {
        *buffer = buffer.clone().times(self.keep) + g.clone().times(self.take);
        let direction =
            if self.nesterov { buffer.clone().times(self.momentum) + g } else { buffer.clone() };
        direction.times(self.learning_rate)
    }
}
