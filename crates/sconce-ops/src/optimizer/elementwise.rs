//! Optimizers that treat each element by itself: one fused pass in which each element of parameter,
//! gradient and state is read once and written once.

use candle_core::{D, Result, Tensor, bail};

use super::algorithm::Turn;
use super::blocks::{Part, in_place, over_blocks};
use super::number::{Composed, Number};
use super::rows::{Coast, Others, RowStep};
use super::states::{Memory, Values};
use super::{Decay, Sparse};
use crate::element::with_elements;
use crate::gradients::{Gradient, RowGradient};
use crate::simd::dispatch;

/// The rule of an optimizer with `N` numbers of state an element.
pub(super) trait Rule<const N: usize>: Copy + Send + Sync {
    /// What the step subtracts from an element with gradient `g`.
    fn change<T: Number>(&self, g: T, state: &mut [T; N]) -> T;
}

/// What a zero gradient does to an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ZeroGradient {
    /// Its state moves on, and it with it; but if that was zero from the start, nothing happens.
    Coasts,
    /// Nothing.
    Rests,
}

/// How an optimizer applies its rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) decay: Decay,
    pub(super) sparse: Sparse,
    pub(super) zero_gradient: ZeroGradient,
}

/// One step of each element: the rule, and what is the same for all rules. The gradient is
/// `scale · g + in_gradient · p`; of the parameter stays `keep · p`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<R> {
    scale: f64,
    in_gradient: f64,
    keep: f64,
    rule: R,
}

/// Takes a step of one parameter.
pub(super) fn update<const N: usize, R: Rule<N>>(
    turn: &Turn<'_>,
    memory: &mut Memory,
    manner: Manner,
    rule: R,
) -> Result<()> {
    let (keep, in_gradient) = match manner.decay {
        Decay::Decoupled => (1. - turn.learning_rate * turn.weight_decay, 0.),
        Decay::Gradient => (1., turn.weight_decay),
    };
    let step = Step { scale: turn.scale, in_gradient, keep, rule };
    let dims = turn.var.dims();
    let Memory { values, touched } = memory;
    match (values, turn.gradient) {
        (Values::Fused(arrays), Gradient::Dense(gradient)) => {
            if let Some(touched) = touched {
                // From here on every row may have state.
                touched.fill(true);
            }
            in_place("optimizer", turn.var, |values| {
                let part = Part::<N>::new(values, arrays)?;
                with_elements("optimizer", gradient, |g: &[f32]| {
                    step.dense(part, g);
                    Ok(())
                })
            })
        }
        (Values::Fused(arrays), Gradient::Rows(gradient)) => {
            let dim = dims.iter().skip(1).product();
            let touched = touched.get_or_insert_with(|| match turn.n_steps {
                1 => vec![false; dims[0]],
                _ => touched_rows(arrays, dim),
            });
            let others = step.others(manner);
            if others.coast == Coast::All {
                touched.fill(true);
            }
            in_place("optimizer", turn.var, |values| {
                let part = Part::<N>::new(values, arrays)?;
                with_elements("optimizer", &gradient.values, |g: &[f32]| {
                    let rows = RowStep { rows: &gradient.rows, gradient: g, dim, others };
                    rows.run(part, touched, 0, &step);
                    Ok(())
                })
            })
        }
        (Values::Composed(state), Gradient::Rows(gradient)) if manner.sparse == Sparse::Lazy => {
            step.composed_rows(turn, state, gradient)
        }
        (Values::Composed(state), gradient) => {
            let gradient = gradient.to_dense(dims)?;
            let p = step.composed(&turn.var.as_detached_tensor(), &gradient, state)?;
            turn.var.set(&p)
        }
    }
}

/// The rows with a state other than zero.
fn touched_rows(arrays: &[Vec<f32>], dim: usize) -> Vec<bool> {
    let Some(n_elements) = arrays.first().map(Vec::len) else { return Vec::new() };
    let has_state =
        |row| arrays.iter().any(|array| array[row * dim..][..dim].iter().any(|&x| x != 0.));
    (0..n_elements / dim.max(1)).map(has_state).collect()
}

impl<R> Step<R> {
    /// What happens to rows without a gradient.
    fn others(&self, manner: Manner) -> Others {
        match (manner.sparse, manner.zero_gradient) {
            (Sparse::Lazy, _) => Others { keep: 1., coast: Coast::None },
            // Decay is a gradient of its own.
            _ if self.in_gradient != 0. => Others { keep: 1., coast: Coast::All },
            (_, ZeroGradient::Rests) => Others { keep: self.keep as f32, coast: Coast::None },
            (_, ZeroGradient::Coasts) => Others { keep: self.keep as f32, coast: Coast::Touched },
        }
    }

    fn dense<const N: usize>(&self, part: Part<'_, N>, gradient: &[f32])
    where
        R: Rule<N>,
    {
        let body = |part: Part<'_, N>, gradient: &[f32]| {
            dispatch(
                #[inline(always)]
                || self.sweep(part, gradient),
            );
        };
        over_blocks(part, gradient, &body, &|(), ()| ());
    }

    /// One step of each element.
    #[inline(always)]
    pub(super) fn sweep<const N: usize>(&self, part: Part<'_, N>, gradient: &[f32])
    where
        R: Rule<N>,
    {
        let gradient = &gradient[..part.values.len()];
        self.each(
            part,
            #[inline(always)]
            |i| gradient[i],
        );
    }

    /// One step of each element with gradient zero.
    #[inline(always)]
    pub(super) fn coast<const N: usize>(&self, part: Part<'_, N>)
    where
        R: Rule<N>,
    {
        self.each(
            part,
            #[inline(always)]
            |_| 0.,
        );
    }

    #[inline(always)]
    fn each<const N: usize>(&self, part: Part<'_, N>, gradient: impl Fn(usize) -> f32)
    where
        R: Rule<N>,
    {
        let n = part.values.len();
        let values = &mut part.values[..n];
        let arrays = part.state.map(
            #[inline(always)]
            |array| &mut array[..n],
        );
        // A copy of its own, so that no write to an array can change a factor.
        let (rule, scale) = (self.rule, self.scale as f32);
        let (in_gradient, keep) = (self.in_gradient as f32, self.keep as f32);
        for i in 0..n {
            let p = values[i];
            let mut state = [0.; N];
            for slot in 0..N {
                state[slot] = arrays[slot][i];
            }
            let g = gradient(i) * scale + p * in_gradient;
            values[i] = p * keep - rule.change(g, &mut state);
            for slot in 0..N {
                arrays[slot][i] = state[slot];
            }
        }
    }

    /// The parameter after a step, by candle's operations.
    fn composed<const N: usize>(
        &self,
        p: &Tensor,
        gradient: &Tensor,
        state: &mut [Tensor],
    ) -> Result<Tensor>
    where
        R: Rule<N>,
    {
        let Ok(mut numbers) =
            <[Composed; N]>::try_from(state.iter().map(Composed::from).collect::<Vec<_>>())
        else {
            bail!("optimizer: expected {N} tensors of state, got {}", state.len())
        };
        let mut g = Composed::from(gradient).times(self.scale);
        if self.in_gradient != 0. {
            g = g + Composed::from(p).times(self.in_gradient);
        }
        let change = self.rule.change(g, &mut numbers);
        let p = (Composed::from(p).times(self.keep) - change).into_tensor()?;
        for (slot, number) in state.iter_mut().zip(numbers) {
            *slot = number.into_tensor()?;
        }
        Ok(p)
    }

    /// A step of the rows that have a gradient alone.
    fn composed_rows<const N: usize>(
        &self,
        turn: &Turn<'_>,
        state: &mut [Tensor],
        gradient: &RowGradient,
    ) -> Result<()>
    where
        R: Rule<N>,
    {
        if gradient.rows.is_empty() {
            return Ok(());
        }
        let index = Tensor::new(gradient.rows.as_slice(), turn.var.device())?;
        let whole = turn.var.as_detached_tensor();
        let mut rows = Vec::with_capacity(N);
        for slot in state.iter() {
            rows.push(slot.index_select(&index, 0)?);
        }
        let p = self.composed(&whole.index_select(&index, 0)?, &gradient.values, &mut rows)?;
        let index = index.unsqueeze(D::Minus1)?.broadcast_as(p.shape())?.contiguous()?;
        for (slot, rows) in state.iter_mut().zip(rows) {
            *slot = slot.scatter(&index, &rows, 0)?;
        }
        turn.var.set(&whole.scatter(&index, &p, 0)?)
    }
}
