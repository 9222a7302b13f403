//! An exponential moving average of the weights, which often evaluates better than the weights
//! themselves (Polyak and Juditsky, 1992; as used by Tarvainen and Valpola, 2017,
//! arXiv:1703.01780).
//!
//! After the t-th step: `a ← d_t · a + (1 - d_t) · p`, one pass over each parameter in place.

use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Tensor, bail};
use rayon::prelude::*;

use crate::element::{Element, contiguous_mut, for_dtype, has_kernel, with_elements};
use crate::param_store::{Param, ParamStore};
use crate::simd::dispatch;

mod state;

/// Elements that one task averages.
const BLOCK: usize = 1 << 14;

/// How an average begins, while few steps lie behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmaStart {
    /// At the weights before the first step, with `d_t = d` from then on: PyTorch's `AveragedModel`
    /// with `get_ema_multi_avg_fn`.
    #[default]
    Weights,
    /// The same with `d_t = min(d, (1 + t) / (10 + t))`, so that it soon forgets them:
    /// TensorFlow's `ExponentialMovingAverage` with `num_updates`.
    Ramp,
    /// Without the weights before the first step: the weighted mean of those after each step, the
    /// one of `k` steps ago having weight `d^k`. The same as an average that starts at zero and is
    /// divided by `1 - d^t`, Adam's correction of its bias; `d_t = d (1 - d^(t-1)) / (1 - d^t)`.
    Debiased,
}

/// The moving average of a store's parameters. Buffers have none.
///
/// A parameter that is frozen has no average, and so costs nothing, until it is first updated as a
/// trainable one, when its average starts with what it then is.
///
/// ```
/// # use candle_core::{Device, Result, Tensor};
/// # use sconce_ops::*;
/// # fn main() -> Result<()> {
/// # let store = ParamStore::new(&Device::Cpu, 42);
/// # let weight = store.root().get("weight", ParamSpec::linear_weight(2, 1))?;
/// # let mut optimizer = AdamW::default();
/// # let loss = || weight.tensor().sqr()?.sum_all();
/// let mut ema = Ema::new(&store, 0.999, EmaStart::Debiased)?;
/// for _ in 0..10 {
///     optimizer.step(&store, &store.backward(&loss()?)?, 0.01)?;
///     ema.update(&store)?;
/// }
/// let averaged = ema.evaluate(&store, || loss())??; // with the averages in the weights' place
/// assert!(averaged.to_scalar::<f32>()? > loss()?.to_scalar::<f32>()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Ema {
    decay: f64,
    start: EmaStart,
    n_updates: u64,
    /// By place in the store, in tensors that nothing else holds.
    averages: Vec<Option<Tensor>>,
    is_swapped: bool,
}

impl Ema {
    /// An average that starts with the store's weights. The closer `decay` is to 1 the longer its
    /// memory, which is of about `1 / (1 - decay)` steps.
    ///
    /// # Errors
    /// If the decay is not in `[0, 1)`.
    pub fn new(store: &ParamStore, decay: f64, start: EmaStart) -> Result<Self> {
        if !(0. ..1.).contains(&decay) {
            bail!("ema: the decay must be at least 0 and below 1, got {decay}");
        }
        let averages = Vec::new();
        let mut ema = Self { decay, start, n_updates: 0, averages, is_swapped: false };
        ema.watch(&store.params())?;
        Ok(ema)
    }

    /// Starts the averages of parameters that have become trainable.
    fn watch(&mut self, params: &[Param]) -> Result<()> {
        self.averages.resize(params.len().max(self.averages.len()), None);
        for (average, param) in self.averages.iter_mut().zip(params) {
            if average.is_none() && param.is_trainable() {
                *average = Some(param.var().as_detached_tensor().force_contiguous()?);
            }
        }
        Ok(())
    }

    /// Takes the weights in; call it after each optimizer step.
    ///
    /// # Errors
    /// If the averages are in the weights' place, or the store is another.
    pub fn update(&mut self, store: &ParamStore) -> Result<()> {
        self.expect_home("update")?;
        let params = store.params();
        self.watch(&params)?;
        self.n_updates += 1;
        let share = 1. - self.decay_now();
        for (average, param) in self.averages.iter_mut().zip(&params) {
            if let Some(average) = average {
                approach(average, param, share)?;
            }
        }
        Ok(())
    }

    /// The decay of the last update.
    fn decay_now(&self) -> f64 {
        let (decay, t) = (self.decay, self.n_updates as f64);
        match self.start {
            EmaStart::Weights => decay,
            EmaStart::Ramp => decay.min((1. + t) / (10. + t)),
            EmaStart::Debiased => decay * (1. - decay.powf(t - 1.)) / (1. - decay.powf(t)),
        }
    }

    /// How many steps have been taken in.
    pub fn n_updates(&self) -> u64 {
        self.n_updates
    }

    /// The average of the parameter at this place of the store; none if it was always frozen. While
    /// the averages are [swapped](Self::swap) in, this is the parameter's own value.
    pub fn get(&self, index: usize) -> Option<&Tensor> {
        self.averages.get(index).and_then(Option::as_ref)
    }

    /// Runs `body` with the averages in the weights' place and puts the weights back, whatever it
    /// gives.
    ///
    /// # Errors
    /// If the averages are there already, or the store is another.
    pub fn evaluate<R>(&mut self, store: &ParamStore, body: impl FnOnce() -> R) -> Result<R> {
        self.expect_home("evaluate")?;
        self.swap(store)?;
        let result = body();
        self.swap(store)?;
        Ok(result)
    }

    /// Exchanges weights and averages; a second call puts them back. To save the averaged model,
    /// say.
    ///
    /// # Errors
    /// If the store is another.
    pub fn swap(&mut self, store: &ParamStore) -> Result<()> {
        let params = store.params();
        for (average, param) in self.averages.iter().zip(&params) {
            if let Some(average) = average {
                expect_like(average, param)?;
            }
        }
        for (average, param) in self.averages.iter_mut().zip(&params) {
            if let Some(average) = average {
                let weights = param.var().as_detached_tensor().force_contiguous()?;
                param.var().set(average)?;
                *average = weights;
            }
        }
        self.is_swapped = !self.is_swapped;
        Ok(())
    }

    fn expect_home(&self, what: &str) -> Result<()> {
        if self.is_swapped {
            bail!("ema: cannot {what} while the averages are in the weights' place; swap first");
        }
        Ok(())
    }
}

fn expect_like(average: &Tensor, param: &Param) -> Result<()> {
    let var = param.var();
    if average.shape() != var.shape() || average.dtype() != var.dtype() {
        bail!(
            "ema: parameter {param:?} of {:?}, its average is {:?} of {:?}; is it another store?",
            var.dtype(),
            average.shape(),
            average.dtype()
        );
    }
    Ok(())
}

/// Moves an average towards the parameter by this share of the way.
fn approach(average: &mut Tensor, param: &Param, share: f64) -> Result<()> {
    expect_like(average, param)?;
    let weights = param.var().as_detached_tensor();
    if has_kernel(average) {
        return average.inplace_op1(&Approach { weights: &weights, share });
    }
    *average = ((&*average * (1. - share))? + (weights * share)?)?;
    Ok(())
}

struct Approach<'a> {
    weights: &'a Tensor,
    share: f64,
}

impl InplaceOp1 for Approach<'_> {
    fn name(&self) -> &'static str {
        "ema"
    }

    fn cpu_fwd(&self, averages: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for_dtype!(self.name(), averages.dtype(), T => {
            let averages: &mut [T] = contiguous_mut(self.name(), averages, layout)?;
            with_elements(self.name(), self.weights, |weights: &[T]| {
                let blocks = averages.par_chunks_mut(BLOCK).zip(weights.par_chunks(BLOCK));
                blocks.for_each(|(averages, weights)| {
                    dispatch(
                        #[inline(always)]
                        || approach_block(averages, weights, self.share),
                    );
                });
                Ok(())
            })
        })
    }
}

/// From the nearer end, so that no share, 1 included, misses what it should give exactly.
#[inline(always)]
fn approach_block<T: Element>(averages: &mut [T], weights: &[T], share: f64) {
    let (near, far) = (T::from_f64(share), T::from_f64(1. - share));
    if share < 0.5 {
        for (a, &p) in averages.iter_mut().zip(weights) {
            *a += near * (p - *a);
        }
    } else {
        for (a, &p) in averages.iter_mut().zip(weights) {
            *a = p - far * (p - *a);
        }
    }
}

#[cfg(test)]
mod tests;
