//! Adam (Kingma and Ba, 2015, arXiv:1412.6980) with decoupled weight decay (Loshchilov and Hutter,
//! 2019, arXiv:1711.05101) or with decay in the gradient, equal to `torch.optim`.
//!
//! `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`,
//! `p ← p - lr · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)`.

use candle_core::Result;

use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::elementwise::{self, Manner, Rule, ZeroGradient};
use super::number::Number;
use super::states::{Memory, OptimizerStates};
use super::{Decay, ParamGroups, Sparse};
use crate::gradients::Gradient;

/// Adam and AdamW.
#[derive(Debug)]
pub struct AdamW {
    /// Decay rates of the two moments.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub epsilon: f64,
    /// Weight decay of the parameters that [decay](crate::Param::decays).
    pub weight_decay: f64,
    /// Where it enters.
    pub decay: Decay,
    /// Divides by the largest second moment so far instead of the last one (Reddi et al., 2018,
    /// arXiv:1904.09237).
    pub amsgrad: bool,
    /// What row gradients do to the other rows. [`Sparse::Lazy`] is `torch.optim.SparseAdam`,
    /// whose `ε` is added before the bias correction.
    pub sparse: Sparse,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Default for AdamW {
    /// PyTorch's defaults, without weight decay.
    fn default() -> Self {
        Self {
            betas: (0.9, 0.999),
            epsilon: 1e-8,
            weight_decay: 0.,
            decay: Decay::Decoupled,
            amsgrad: false,
            sparse: Sparse::Dense,
            groups: ParamGroups::default(),
            states: OptimizerStates::default(),
        }
    }
}

impl AdamW {
    /// With PyTorch's defaults but for the weight decay.
    pub fn with_decay(weight_decay: f64, decay: Decay) -> Self {
        Self { weight_decay, decay, ..Self::default() }
    }

    /// Adam: weight decay enters through the gradient.
    pub fn adam(weight_decay: f64) -> Self {
        Self::with_decay(weight_decay, Decay::Gradient)
    }
}

optimizer!(AdamW);

impl Algorithm for AdamW {
    const NAME: &'static str = "adamw";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        let mut slots = moments(dims);
        if self.amsgrad {
            slots.push(Slot::like("max_exp_avg_sq", dims));
        }
        slots
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let mut rule = AdamRule::new(turn, turn.learning_rate, self.betas, self.epsilon);
        if self.sparse == Sparse::Lazy && matches!(turn.gradient, Gradient::Rows(_)) {
            rule.epsilon *= rule.per_root;
        }
        let manner =
            Manner { decay: self.decay, sparse: self.sparse, zero_gradient: ZeroGradient::Coasts };
        if self.amsgrad {
            elementwise::update::<3, _>(turn, memory, manner, rule)
        } else {
            elementwise::update::<2, _>(turn, memory, manner, rule)
        }
    }
}

/// First and second moment.
pub(super) fn moments(dims: &[usize]) -> Vec<Slot> {
    vec![Slot::like("exp_avg", dims), Slot::like("exp_avg_sq", dims)]
}

#[derive(Debug, Clone, Copy)]
pub(super) struct AdamRule {
    betas: (f64, f64),
    /// `lr / (1 - β₁ᵗ)`.
    step: f64,
    /// `1 / √(1 - β₂ᵗ)`.
    per_root: f64,
    epsilon: f64,
}

impl AdamRule {
    pub(super) fn new(turn: &Turn<'_>, rate: f64, betas: (f64, f64), epsilon: f64) -> Self {
        Self {
            betas,
            step: rate / turn.bias_correction(betas.0),
            per_root: 1. / turn.bias_correction(betas.1).sqrt(),
            epsilon,
        }
    }

    #[inline(always)]
    pub(super) fn average<T: Number>(&self, g: T, m: &mut T, v: &mut T) {
        let (beta1, beta2) = self.betas;
        *m = m.clone().times(beta1) + g.clone().times(1. - beta1);
        *v = v.clone().times(beta2) + (g.clone() * g).times(1. - beta2);
    }

    #[inline(always)]
    pub(super) fn direction<T: Number>(&self, m: &T, v: &T) -> T {
        let denominator = v.clone().sqrt().times(self.per_root).plus(self.epsilon);
        (m.clone() / denominator).times(self.step)
    }
}

impl Rule<2> for AdamRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [m, v]: &mut [T; 2]) -> T {
        self.average(g, m, v);
        self.direction(m, v)
    }
}

impl Rule<3> for AdamRule {
    #[inline(always)]
    fn change<T: Number>(&self, g: T, [m, v, largest]: &mut [T; 3]) -> T {
        self.average(g, m, v);
        *largest = largest.clone().larger(v.clone());
        self.direction(m, largest)
    }
}

#[cfg(test)]
mod tests;
