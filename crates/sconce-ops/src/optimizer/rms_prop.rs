//! RMSprop (Tieleman and Hinton, 2012, lecture 6.5 of *Neural networks for machine learning*), also
//! with the centred second moment and the momentum of Graves (2013, arXiv:1308.0850), equal to
//! `torch.optim.RMSprop`.
//!
//! `v ← α v + (1 - α) g²`, `u = g / (√v + ε)`, `p ← p - lr · u`; centred: `√(v - a²)` with
//! `a ← α a + (1 - α) g`; with momentum: `b ← μ b + u`, `p ← p - lr · b`.

use candle_core::Result;

use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::elementwise::{self, Manner, Rule, ZeroGradient};
use super::number::Number;
use super::states::{Memory, OptimizerStates};
use super::{Decay, ParamGroups, Sparse};

/// RMSprop: divides by a running mean of the gradient's size.
#[derive(Debug)]
pub struct RmsProp {
    /// Decay rate of the averages, `α`.
    pub alpha: f64,
    /// Added to the denominator.
    pub epsilon: f64,
    /// How much of the last step's direction stays, `μ`.
    pub momentum: f64,
    /// Takes the mean gradient off the second moment: divides by the variance.
    pub centered: bool,
    /// Weight decay of the parameters that [decay](crate::Param::decays), in their gradient.
    pub weight_decay: f64,
    /// What row gradients do to the other rows.
    pub sparse: Sparse,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Default for RmsProp {
    /// PyTorch's defaults.
    fn default() -> Self {
        Self {
            alpha: 0.99,
            epsilon: 1e-8,
            momentum: 0.,
            centered: false,
            weight_decay: 0.,
            sparse: Sparse::Dense,
            groups: ParamGroups::default(),
            states: OptimizerStates::default(),
        }
    }
}

optimizer!(RmsProp);

impl Algorithm for RmsProp {
    const NAME: &'static str = "rms_prop";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        let mut slots = vec![Slot::like("square_avg", dims)];
        if self.momentum > 0. {
            slots.push(Slot::like("momentum_buffer", dims));
        }
        if self.centered {
            slots.push(Slot::like("grad_avg", dims));
        }
        slots
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let rule = RmsPropRule {
            learning_rate: turn.learning_rate,
            alpha: self.alpha,
            epsilon: self.epsilon,
            momentum: self.momentum,
        };
        let manner = Manner {
            decay: Decay::Gradient,
            sparse: self.sparse,
            zero_gradient: ZeroGradient::Coasts,
        };
        match (self.momentum > 0., self.centered) {
            (false, false) => elementwise::update::<1, _>(turn, memory, manner, rule),
            (true, false) => elementwise::update::<2, _>(turn, memory, manner, rule),
            (false, true) => elementwise::update::<2, _>(turn, memory, manner, Centered(rule)),
            (true, true) => elementwise::update::<3, _>(turn, memory, manner, rule),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct RmsPropRule {
    learning_rate: f64,
    alpha: f64,
    epsilon: f64,
    momentum: f64,
}

/// The rule with a mean gradient and without momentum.
#[derive(Debug, Clone, Copy)]
struct Centered(RmsPropRule);

impl RmsPropRule {
    #[inline(always)]
    fn average<T: Number>(&self, value: T, average: &mut T) -> T {
        *average = average.clone().times(self.alpha) + value.times(1. - self.alpha);
        average.clone()
    }

    /// The gradient over the root of `variance`.
    #[inline(always)]
    fn scaled<T: Number>(&self, g: T, variance: T) -> T {
        g / variance.sqrt().plus(self.epsilon)
    }

    #[inline(always)]
    fn variance<T: Number>(&self, g: &T, square: &mut T, mean: &mut T) -> T {
        let square = self.average(g.clone() * g.clone(), square);
        let mean = self.average(g.clone(), mean);
        square - mean.clone() * mean
    }

    #[inline(always)]
    fn carried<T: Number>(&self, scaled: T, buffer: &mut T) -> T {
        *buffer = buffer.clone().times(self.momentum) + scaled;
        buffer.clone().times(self.learning_rate)
    }
}

impl Rule<1> for RmsPropRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [square]: &mut [T; 1]) -> T {
        let square = self.average(g.clone() * g.clone(), square);
        self.scaled(g, square).times(self.learning_rate)
    }
}

impl Rule<2> for RmsPropRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [square, buffer]: &mut [T; 2]) -> T {
        let square = self.average(g.clone() * g.clone(), square);
        self.carried(self.scaled(g, square), buffer)
    }
}

impl Rule<2> for Centered {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [square, mean]: &mut [T; 2]) -> T {
        let variance = self.0.variance(&g, square, mean);
        self.0.scaled(g, variance).times(self.0.learning_rate)
    }
}

impl Rule<3> for RmsPropRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [square, buffer, mean]: &mut [T; 3]) -> T {
        let variance = self.variance(&g, square, mean);
        self.carried(self.scaled(g, variance), buffer)
    }
}
