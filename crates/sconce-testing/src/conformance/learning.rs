//! Gradients must reach every parameter, and a model must be able to learn a few examples by heart.

use candle_core::Tensor;

use crate::close::{to_f64s, unravel};
use crate::error::{Error, Result};

/// Checks that each gradient, given with its parameter's name, is finite and not all zero.
///
/// # Errors
/// Names the first parameter that offends.
pub fn every_parameter_gets_a_gradient(gradients: &[(String, Tensor)]) -> Result<()> {
    if gradients.is_empty() {
        let reason = "there are no gradients".to_owned();
        return Err(Error::Vacuous { check: "every_parameter_gets_a_gradient", reason });
    }
    for (name, gradient) in gradients {
        let values = to_f64s(gradient)?;
        if let Some(i) = values.iter().position(|value| !value.is_finite()) {
            let index = unravel(i, gradient.dims());
            return Err(Error::NotFinite { name: name.clone(), index, value: values[i] });
        }
        if values.iter().all(|&value| value == 0.0) {
            return Err(Error::ZeroGradient { name: name.clone() });
        }
    }
    Ok(())
}

/// Calls `step`, which trains once and returns the loss, until the loss is at most `target`.
///
/// Returns the number of steps made.
///
/// # Errors
/// If a loss is not finite, if `step` fails, or if `max_steps` do not suffice.
pub fn overfits(
    step: &mut dyn FnMut() -> candle_core::Result<f32>,
    max_steps: usize,
    target: f32,
) -> Result<usize> {
    let (mut first, mut lowest, mut last) = (f32::NAN, f32::INFINITY, f32::NAN);
    for n in 1..=max_steps {
        last = step()?;
        if !last.is_finite() {
            let value = f64::from(last);
            return Err(Error::NotFinite {
                name: format!("loss of step {n}"),
                index: vec![],
                value,
            });
        }
        if n == 1 {
            first = last;
        }
        lowest = lowest.min(last);
        if last <= target {
            return Ok(n);
        }
    }
    Err(Error::NotLearnt { steps: max_steps, first, lowest, last, target })
}

#[cfg(test)]
mod tests;
