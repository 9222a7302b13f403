//! Catches a network that does not learn, in the first steps instead of after days: autograd that
//! was cut somewhere lets the loss fall while parts of the model never move.

use candle_core::{DType, Device, Result, Tensor, bail};

use crate::element::{for_dtype, has_kernel, with_elements};
use crate::gradients::Gradients;
use crate::param_store::{Param, ParamStore};

/// After how many steps an all-zero gradient is an error.
const ZERO_STEPS: usize = 10;

/// Watches the first steps of a training run. A trainable parameter that no finite gradient
/// reached in the first step, or whose gradient is still exactly zero after ten steps, is an error
/// that names it, unless it was declared [`may_be_zero`](crate::ParamSpec::may_be_zero).
#[derive(Debug, Default)]
pub struct GradientAudit {
    n_steps: usize,
    /// By place in the store: whether a gradient other than zero was seen.
    moved: Vec<bool>,
}

impl GradientAudit {
    /// Looks at the gradients of the next step; free after the tenth.
    ///
    /// # Errors
    /// If a parameter does not learn; the message names it and says why.
    pub fn observe(&mut self, store: &ParamStore, gradients: &Gradients) -> Result<()> {
        if self.n_steps >= ZERO_STEPS {
            return Ok(());
        }
        let params = store.params();
        self.moved.resize(params.len(), false);
        for (index, param) in params.iter().enumerate().filter(|(_, p)| p.is_trainable()) {
            let largest = match gradients.get(index) {
                Some(gradient) => largest_magnitude(gradient.values())?,
                None => None,
            };
            if self.n_steps == 0 {
                check_first_step(param, gradients.get(index).is_some(), largest)?;
            }
            self.moved[index] |= largest.is_some_and(|largest| largest > 0.);
        }
        self.n_steps += 1;
        if self.n_steps == ZERO_STEPS { self.check_moved(&params) } else { Ok(()) }
    }

    fn check_moved(&self, params: &[Param]) -> Result<()> {
        let stuck: Vec<&str> = params
            .iter()
            .zip(&self.moved)
            .filter(|(param, moved)| {
                param.is_trainable() && !**moved && param.may_be_zero().is_none()
            })
            .map(|(param, _)| param.name())
            .collect();
        if !stuck.is_empty() {
            bail!(
                "gradient audit: after {ZERO_STEPS} steps the gradient of {} is still exactly \
                 zero, so it does not learn; freeze it or declare why with `may_be_zero`",
                stuck.join(", ")
            );
        }
        Ok(())
    }
}

fn check_first_step(param: &Param, has_gradient: bool, largest: Option<f64>) -> Result<()> {
    let name = param.name();
    if !has_gradient && param.may_be_zero().is_none() {
        bail!(
            "gradient audit: no gradient reached `{name}` in the first step; the loss does not \
             depend on it, or an operation without a backward pass cut the graph"
        );
    }
    if has_gradient && !largest.is_some_and(f64::is_finite) {
        bail!("gradient audit: the gradient of `{name}` is not finite in the first step");
    }
    Ok(())
}

/// Largest absolute value; infinite if any value is not finite, none without values.
fn largest_magnitude(tensor: &Tensor) -> Result<Option<f64>> {
    if tensor.elem_count() == 0 {
        return Ok(Some(0.));
    }
    let tensor = if has_kernel(tensor) {
        tensor.clone()
    } else {
        tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?
    };
    for_dtype!("gradient audit", tensor.dtype(), T => {
        with_elements("gradient audit", &tensor, |values: &[T]| {
            let largest = values.iter().fold(0f64, |largest, &value| {
                let value = value.to_f64().abs();
                // `max` would drop a NaN.
                if value.is_finite() { largest.max(value) } else { f64::INFINITY }
            });
            Ok(Some(largest))
        })
    })
}

#[cfg(test)]
mod tests;
