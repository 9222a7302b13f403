//! Adam (Kingma and Ba, 2015, arXiv:1412.6980) with decoupled weight decay (Loshchilov and Hutter,
//! 2019, arXiv:1711.05101) or with decay in the gradient, equal to `torch.optim`.
//!
//! `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`,
//! `p ← p - lr · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)`.

use std::sync::Mutex;

use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Tensor, bail};

use super::Optimizer;
use super::adamw_kernel::{Moments, Rates};
use crate::gradients::{Gradient, Gradients};
use crate::param_store::{Param, ParamStore, lock};

/// Where weight decay enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decay {
    /// `p ← p - lr · decay · p` beside the step (AdamW).
    #[default]
    Decoupled,
    /// `g ← g + decay · p` before the step (Adam).
    Gradient,
}

/// Adam and AdamW.
///
/// A parameter whose gradient comes as rows (a word embedding) takes the same steps as with the
/// dense gradient of which they are the rows other than zero; rows that never had a gradient have
/// zero moments and cost nothing but their decay.
#[derive(Debug)]
pub struct AdamW {
    /// Decay rates of the two moments.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub epsilon: f64,
    /// Weight decay of the parameters that [decay](Param::decays).
    pub weight_decay: f64,
    /// Where it enters.
    pub decay: Decay,
    states: Vec<State>,
}

impl Default for AdamW {
    /// PyTorch's defaults, without weight decay.
    fn default() -> Self {
        Self {
            betas: (0.9, 0.999),
            epsilon: 1e-8,
            weight_decay: 0.,
            decay: Decay::Decoupled,
            states: Vec::new(),
        }
    }
}

/// What is kept of one parameter. As in PyTorch, steps count from its own first gradient.
#[derive(Debug, Default)]
struct State {
    n_steps: i32,
    moments: Option<Both>,
}

/// First and second moments of one parameter.
#[derive(Debug)]
enum Both {
    /// `F32` on the CPU, updated by one fused pass.
    Fused(Mutex<Moments>),
    /// Anything else, updated by candle's operations: `m` and `v`.
    Composed(Tensor, Tensor),
}

impl Optimizer for AdamW {
    fn step(
        &mut self,
        store: &ParamStore,
        gradients: &Gradients,
        learning_rate: f64,
    ) -> Result<()> {
        let params = store.params();
        self.states.resize_with(params.len().max(self.states.len()), State::default);
        for (index, param) in params.iter().enumerate() {
            if let Some(gradient) = gradients.get(index).filter(|_| param.is_trainable()) {
                self.states[index].n_steps += 1;
                let n_steps = self.states[index].n_steps;
                let rates = self.rates(param, n_steps, gradients.scale(), learning_rate);
                update(&mut self.states[index].moments, param, gradient, &rates)?;
            }
        }
        Ok(())
    }
}

impl AdamW {
    /// With PyTorch's defaults but for the weight decay.
    pub fn with_decay(weight_decay: f64, decay: Decay) -> Self {
        Self { weight_decay, decay, ..Self::default() }
    }

    fn rates(&self, param: &Param, n_steps: i32, scale: f64, learning_rate: f64) -> Rates {
        let decay = if param.decays() { self.weight_decay } else { 0. };
        let (decoupled, in_gradient) = match self.decay {
            Decay::Decoupled => (decay, 0.),
            Decay::Gradient => (0., decay),
        };
        let (beta1, beta2) = self.betas;
        Rates {
            scale,
            keep: 1. - learning_rate * decoupled,
            in_gradient,
            beta1,
            beta2,
            step: learning_rate / (1. - beta1.powi(n_steps)),
            root: (1. - beta2.powi(n_steps)).sqrt(),
            epsilon: self.epsilon,
        }
    }
}

fn update(
    state: &mut Option<Both>,
    param: &Param,
    gradient: &Gradient,
    rates: &Rates,
) -> Result<()> {
    let var = param.var();
    if state.is_none() {
        let fused = var.device().is_cpu() && var.dtype() == DType::F32;
        *state = Some(if fused {
            Both::Fused(Mutex::new(Moments::new(var.elem_count())))
        } else {
            Both::Composed(var.zeros_like()?, var.zeros_like()?)
        });
    }
    match state {
        Some(Both::Fused(moments)) => {
            let gradient = Update { moments, gradient, rates, dims: var.dims() };
            var.as_detached_tensor().inplace_op1(&gradient)
        }
        Some(Both::Composed(m, v)) => composed(var, (m, v), gradient, rates),
        None => Ok(()),
    }
}

/// The fused pass as candle sees it: an operation that writes a variable's storage.
struct Update<'a> {
    moments: &'a Mutex<Moments>,
    gradient: &'a Gradient,
    rates: &'a Rates,
    dims: &'a [usize],
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets())
        else {
            bail!("adamw: the parameter must be contiguous and F32")
        };
        let values = &mut values[start..end];
        let mut moments = lock(self.moments);
        if values.len() != moments.len() {
            bail!(
                "adamw: the parameter changed its size from {} to {}",
                moments.len(),
                values.len()
            );
        }
        crate::element::with_elements("adamw", self.gradient.values(), |g: &[f32]| {
            match self.gradient {
                Gradient::Dense(_) => moments.update(values, g, self.rates),
                Gradient::Rows(rows) => {
                    let dim = self.dims.iter().skip(1).product();
                    moments.update_rows(values, &rows.rows, g, dim, self.rates);
                }
            }
            Ok(())
        })
    }
}

fn composed(
    var: &candle_core::Var,
    (m, v): (&mut Tensor, &mut Tensor),
    gradient: &Gradient,
    rates: &Rates,
) -> Result<()> {
    let p = var.as_detached_tensor();
    let g = ((gradient.to_dense(var.dims())? * rates.scale)? + (&p * rates.in_gradient)?)?;
    *m = ((&*m * rates.beta1)? + (&g * (1. - rates.beta1))?)?;
    *v = ((&*v * rates.beta2)? + (g.sqr()? * (1. - rates.beta2))?)?;
    let denominator = ((v.sqrt()? / rates.root)? + rates.epsilon)?;
    var.set(&((p * rates.keep)? - ((&*m / denominator)? * rates.step)?)?)
}

#[cfg(test)]
mod tests;
