//! Adagrad (Duchi et al., 2011, *Adaptive subgradient methods for online learning and stochastic
//! optimization*), equal to `torch.optim.Adagrad`.
//!
//! `s ← s + g²`, `p ← p - lr / (1 + (t - 1) η) · g / (√s + ε)`.

use candle_core::Result;

use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::elementwise::{self, Manner, Rule, ZeroGradient};
use super::number::Number;
use super::states::{Memory, OptimizerStates};
use super::{Decay, ParamGroups, Sparse};

/// Adagrad: each element's rate falls with the gradients it had.
#[derive(Debug)]
pub struct Adagrad {
    /// How fast the learning rate falls with the steps, `η`.
    pub lr_decay: f64,
    /// Where the sum of squares begins.
    pub initial_accumulator: f64,
    /// Added to the denominator.
    pub epsilon: f64,
    /// Weight decay of the parameters that [decay](crate::Param::decays), in their gradient.
    pub weight_decay: f64,
    /// What row gradients do to the other rows; without weight decay both are the same.
    pub sparse: Sparse,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Default for Adagrad {
    /// PyTorch's defaults.
    fn default() -> Self {
        Self {
            lr_decay: 0.,
            initial_accumulator: 0.,
            epsilon: 1e-10,
            weight_decay: 0.,
            sparse: Sparse::Dense,
            groups: ParamGroups::default(),
            states: OptimizerStates::default(),
        }
    }
}

optimizer!(Adagrad);

impl Algorithm for Adagrad {
    const NAME: &'static str = "adagrad";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        vec![Slot { start: self.initial_accumulator, ..Slot::like("sum", dims) }]
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let n_before = (turn.n_steps - 1) as f64;
        let rule = AdagradRule {
            step: turn.learning_rate / (1. + n_before * self.lr_decay),
            epsilon: self.epsilon,
        };
        let manner = Manner {
            decay: Decay::Gradient,
            sparse: self.sparse,
            zero_gradient: ZeroGradient::Rests,
        };
        elementwise::update(turn, memory, manner, rule)
    }
}

#[derive(Debug, Clone, Copy)]
struct AdagradRule {
    step: f64,
    epsilon: f64,
}

impl Rule<1> for AdagradRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [sum]: &mut [T; 1]) -> T {
        *sum = sum.clone() + g.clone() * g.clone();
        (g / sum.clone().sqrt().plus(self.epsilon)).times(self.step)
    }
}
