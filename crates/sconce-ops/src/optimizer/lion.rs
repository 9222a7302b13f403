//! Lion (Chen et al., 2023, *Symbolic discovery of optimization algorithms*, arXiv:2302.06675).
//!
//! `p ← p - lr · (sign(β₁ m + (1 - β₁) g) + λ p)`, then `m ← β₂ m + (1 - β₂) g`.

use candle_core::Result;

use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::elementwise::{self, Manner, Rule, ZeroGradient};
use super::number::Number;
use super::states::{Memory, OptimizerStates};
use super::{Decay, ParamGroups, Sparse};

/// Lion: every element moves by the learning rate, so rates are three to ten times smaller, and
/// decays as much larger, than those of AdamW.
#[derive(Debug)]
pub struct Lion {
    /// How much of the momentum is in the direction, and how much of it stays.
    pub betas: (f64, f64),
    /// Decoupled weight decay of the parameters that [decay](crate::Param::decays), `λ`.
    pub weight_decay: f64,
    /// What row gradients do to the other rows.
    pub sparse: Sparse,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Default for Lion {
    /// The paper's defaults, without weight decay.
    fn default() -> Self {
        Self {
            betas: (0.9, 0.99),
            weight_decay: 0.,
            sparse: Sparse::Dense,
            groups: ParamGroups::default(),
            states: OptimizerStates::default(),
        }
    }
}

optimizer!(Lion);

impl Algorithm for Lion {
    const NAME: &'static str = "lion";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        vec![Slot::like("exp_avg", dims)]
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let rule = LionRule { learning_rate: turn.learning_rate, betas: self.betas };
        let manner = Manner {
            decay: Decay::Decoupled,
            sparse: self.sparse,
            zero_gradient: ZeroGradient::Coasts,
        };
        elementwise::update(turn, memory, manner, rule)
    }
}

#[derive(Debug, Clone, Copy)]
struct LionRule {
    learning_rate: f64,
    betas: (f64, f64),
}

impl Rule<1> for LionRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [m]: &mut [T; 1]) -> T {
        let (beta1, beta2) = self.betas;
        let direction = m.clone().times(beta1) + g.clone().times(1. - beta1);
        *m = m.clone().times(beta2) + g.times(1. - beta2);
        direction.sign().times(self.learning_rate)
    }
}
