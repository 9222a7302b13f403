//! Adafactor (Shazeer and Stern, 2018, arXiv:1804.04235), equal to `torch.optim.Adafactor`.
//!
//! The second moment of a matrix is kept as the mean squares `r` of its rows and `c` of its
//! columns: `r ← (1 - w) r + w · mean(g²)` with `w = t^κ`, `c` likewise, and
//! `v = r cᵀ / max(mean(r), ε₁)`. A vector keeps `v` itself. Then `u = g / √max(v, ε₁²)`,
//! `α = max(ε₂, rms(p)) · min(lr, 1 / √t)` and
//! `p ← (1 - lr λ) p - α / max(1, rms(u) / d) · u`.
//!
//! PyTorch's variant: no first moment; the learning rate that is passed bounds the relative step.

use candle_core::{DType, Result};

use super::ParamGroups;
use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::blocks::in_place;
use super::states::{Memory, OptimizerStates, Values};
use crate::element::with_elements;

mod composed;
mod fused;

/// Adafactor: relative steps, and of a matrix `n x m` only `n + m` numbers of state. With more
/// dimensions, the last two make the matrices.
///
/// Row gradients take the steps of the dense gradient, and cost as much.
#[derive(Debug)]
pub struct Adafactor {
    /// Exponent of the weight of new squares, `κ`.
    pub beta2_decay: f64,
    /// Least root mean square of a second moment, `ε₁`; none for the distance of 1 and the next
    /// number of the parameter's type.
    pub epsilon1: Option<f64>,
    /// Least root mean square of a parameter, `ε₂`.
    pub epsilon2: f64,
    /// Largest root mean square of `u`, `d`.
    pub clip_threshold: f64,
    /// Decoupled weight decay of the parameters that [decay](crate::Param::decays), `λ`.
    pub weight_decay: f64,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Default for Adafactor {
    /// PyTorch's defaults.
    fn default() -> Self {
        Self {
            beta2_decay: -0.8,
            epsilon1: None,
            epsilon2: 1e-3,
            clip_threshold: 1.,
            weight_decay: 0.,
            groups: ParamGroups::default(),
            states: OptimizerStates::default(),
        }
    }
}

optimizer!(Adafactor);

impl Algorithm for Adafactor {
    const NAME: &'static str = "adafactor";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        let &[.., n_rows, n_cols] = dims else { return vec![Slot::like("variance", dims)] };
        let matrices = &dims[..dims.len() - 2];
        vec![
            Slot::like("row_var", &[matrices, &[n_rows, 1]].concat()),
            Slot::like("col_var", &[matrices, &[1, n_cols]].concat()),
        ]
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let n_steps = turn.n_steps as f64;
        let rule = AdafactorRule {
            scale: turn.scale,
            weight: n_steps.powf(self.beta2_decay),
            epsilon1: self.epsilon1.unwrap_or(match turn.var.dtype() {
                DType::F64 => f64::EPSILON,
                DType::F16 => 1. / 1024.,
                DType::BF16 => 1. / 128.,
                _ => f64::from(f32::EPSILON),
            }),
            epsilon2: self.epsilon2,
            clip_threshold: self.clip_threshold,
            relative_step: turn.learning_rate.min(1. / n_steps.sqrt()),
            keep: 1. - turn.learning_rate * turn.weight_decay,
        };
        let gradient = turn.gradient.to_dense(turn.var.dims())?;
        match &mut memory.values {
            Values::Fused(arrays) => in_place("adafactor", turn.var, |values| {
                with_elements("adafactor", &gradient, |g: &[f32]| {
                    fused::update(&rule, turn.var.dims(), values, g, arrays)
                })
            }),
            Values::Composed(state) => {
                let p = turn.var.as_detached_tensor();
                turn.var.set(&composed::update(&rule, &p, &gradient, state)?)
            }
        }
    }
}

/// The factors of one step.
#[derive(Debug, Clone, Copy)]
struct AdafactorRule {
    scale: f64,
    /// Of the new squares, `w`.
    weight: f64,
    epsilon1: f64,
    epsilon2: f64,
    clip_threshold: f64,
    /// `min(lr, 1 / √t)`.
    relative_step: f64,
    keep: f64,
}

impl AdafactorRule {
    /// The factor of `u`, of the sums of squares of `p` before its decay and of `u`.
    fn step(&self, [p, u]: [f64; 2], n_elements: usize) -> f64 {
        let rms = |squares: f64| (squares / n_elements as f64).sqrt();
        let alpha = self.epsilon2.max(rms(p)) * self.relative_step;
        alpha / (rms(u) / self.clip_threshold).max(1.)
    }

    /// The average after it took in a new mean square.
    fn average(&self, old: f64, square: f64) -> f64 {
        old + self.weight * (square - old)
    }
}
