//! LAMB (You et al., 2020, *Large batch optimization for deep learning: training BERT in 76
//! minutes*, arXiv:1904.00962).
//!
//! `u = (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε) + λ p` with the moments of Adam, then
//! `p ← p - lr · ‖p‖ / ‖u‖ · u` with the norms of the whole parameter.
//!
//! The variant of the paper's algorithm 2: moments are corrected for their bias, `φ` is the
//! identity (the ratio of norms has no bounds; it is 1 where a norm is zero), every parameter
//! adapts, also those that do not decay, and gradients are not clipped here:
//! [`clip_norm`](crate::Gradients::clip_norm) does that.

use candle_core::{Result, Tensor, bail};

use super::ParamGroups;
use super::adamw::{AdamRule, moments};
use super::algorithm::{Algorithm, Slot, Turn, optimizer};
use super::blocks::{Part, SumOfSquares, in_place, over_blocks, squares};
use super::number::{Composed, Number, square_norm};
use super::states::{Memory, OptimizerStates, Values};
use crate::element::with_elements;
use crate::simd::dispatch;

/// LAMB: AdamW whose step of each parameter is as large as the parameter itself allows.
///
/// Row gradients take the steps of the dense gradient, and cost as much.
#[derive(Debug)]
pub struct Lamb {
    /// Decay rates of the two moments.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub epsilon: f64,
    /// Weight decay of the parameters that [decay](crate::Param::decays), `λ`.
    pub weight_decay: f64,
    /// Other settings for some parameters.
    pub groups: ParamGroups,
    /// What it remembers of the parameters.
    pub states: OptimizerStates,
}

impl Default for Lamb {
    /// The paper's defaults, without weight decay (it trains BERT with 0.01).
    fn default() -> Self {
        Self {
            betas: (0.9, 0.999),
            epsilon: 1e-6,
            weight_decay: 0.,
            groups: ParamGroups::default(),
            states: OptimizerStates::default(),
        }
    }
}

optimizer!(Lamb);

impl Algorithm for Lamb {
    const NAME: &'static str = "lamb";

    fn groups(&self) -> &ParamGroups {
        &self.groups
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn slots(&self, dims: &[usize]) -> Vec<Slot> {
        moments(dims)
    }

    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()> {
        let rule = LambRule {
            adam: AdamRule::new(turn, 1., self.betas, self.epsilon),
            scale: turn.scale,
            decay: turn.weight_decay,
            learning_rate: turn.learning_rate,
        };
        let gradient = turn.gradient.to_dense(turn.var.dims())?;
        match &mut memory.values {
            Values::Fused(arrays) => in_place("lamb", turn.var, |values| {
                with_elements("lamb", &gradient, |g: &[f32]| rule.fused(values, arrays, g))
            }),
            Values::Composed(state) => {
                let p = turn.var.as_detached_tensor();
                turn.var.set(&rule.composed(&p, &gradient, state)?)
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct LambRule {
    adam: AdamRule,
    scale: f64,
    decay: f64,
    learning_rate: f64,
}

impl LambRule {
    /// `u`.
    #[inline(always)]
    fn direction<T: Number>(&self, p: T, m: &T, v: &T) -> T {
        self.adam.direction(m, v) + p.times(self.decay)
    }

    /// The factor of `u`, of the squares of `‖p‖` and `‖u‖`.
    fn factor(&self, [p, u]: [f64; 2]) -> f64 {
        let ratio = if p > 0. && u > 0. { (p / u).sqrt() } else { 1. };
        self.learning_rate * ratio
    }

    fn fused(&self, values: &mut [f32], arrays: &mut [Vec<f32>], gradient: &[f32]) -> Result<()> {
        let average = |part: Part<'_, 2>, gradient: &[f32]| {
            dispatch(
                #[inline(always)]
                || self.average(part, gradient),
            )
        };
        let add = |a: [f64; 2], b: [f64; 2]| [a[0] + b[0], a[1] + b[1]];
        let sums = over_blocks(Part::new(values, arrays)?, gradient, &average, &add);
        let factor = self.factor(sums);
        let step = |part: Part<'_, 2>, _: &[f32]| {
            dispatch(
                #[inline(always)]
                || self.step(part, factor),
            );
        };
        over_blocks(Part::new(values, arrays)?, gradient, &step, &|(), ()| ());
        Ok(())
    }

    /// Takes the gradient into the moments; the sums of squares of `p` and `u`.
    #[inline(always)]
    fn average(&self, part: Part<'_, 2>, gradient: &[f32]) -> [f64; 2] {
        let rule = *self;
        let n = part.values.len();
        let [m, v] = part.state;
        let (values, gradient, m, v) =
            (&part.values[..n], &gradient[..n], &mut m[..n], &mut v[..n]);
        for i in 0..n {
            rule.adam.average(gradient[i].times(rule.scale), &mut m[i], &mut v[i]);
        }
        let (m, v) = (&*m, &*v);
        let mut of_directions = SumOfSquares::new();
        of_directions.add(
            [values, m, v],
            #[inline(always)]
            |[p, m, v]| rule.direction(p, &m, &v),
        );
        [squares(values), of_directions.sum()]
    }

    #[inline(always)]
    fn step(&self, part: Part<'_, 2>, factor: f64) {
        let rule = *self;
        let n = part.values.len();
        let [m, v] = part.state;
        let (values, m, v) = (&mut part.values[..n], &m[..n], &v[..n]);
        for i in 0..n {
            values[i] -= rule.direction(values[i], &m[i], &v[i]).times(factor);
        }
    }

    /// The parameter after a step, by candle's operations.
    fn composed(&self, p: &Tensor, gradient: &Tensor, state: &mut [Tensor]) -> Result<Tensor> {
        let [m_slot, v_slot] = state else {
            bail!("lamb: expected 2 tensors of state, got {}", state.len())
        };
        let (mut m, mut v) = (Composed::from(&*m_slot), Composed::from(&*v_slot));
        self.adam.average(Composed::from(gradient).times(self.scale), &mut m, &mut v);
        let u = self.direction(Composed::from(p), &m, &v).into_tensor()?;
        let factor = self.factor([square_norm(p)?, square_norm(&u)?]);
        (*m_slot, *v_slot) = (m.into_tensor()?, v.into_tensor()?);
        p - (u * factor)?
    }
}
