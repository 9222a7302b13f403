//! Gradients against central differences: `(f(x + h) - f(x - h)) / 2h` for every element.
//!
//! Take inputs away from kinks (the zero of a ReLU, ties of a maximum): there a difference is not
//! a gradient. Prefer `f64`; in `f32` the loss itself is off by about `1e-7` of its size, which
//! the difference divides by the step.

use candle_core::{DType, Device, Tensor, Var};

use crate::close::{compare, to_f64s};
use crate::error::{Error, Result};

/// How far to step and how far to be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How far each element is moved up and down.
    pub step: f64,
    /// Allowed absolute difference of gradient and finite difference.
    pub atol: f64,
    /// Allowed difference as a part of the finite difference.
    pub rtol: f64,
}

impl Options {
    /// For variables and losses in `f64`: step `1e-5`, `atol` `1e-7`, `rtol` `1e-6`.
    #[must_use]
    pub const fn for_f64() -> Self {
        Self { step: 1e-5, atol: 1e-7, rtol: 1e-6 }
    }

    /// For variables and losses in `f32`: step `1e-2`, `atol` `1e-3`, `rtol` `1e-2`.
    #[must_use]
    pub const fn for_f32() -> Self {
        Self { step: 1e-2, atol: 1e-3, rtol: 1e-2 }
    }
}

/// Checks the gradients that `gradient` gives, by the name of the variable, for the scalar `loss`.
///
/// `loss` is called twice an element; it must depend on nothing but the variables (dropout with a
/// fixed key). The variables have their values back afterwards, also after an error.
///
/// # Errors
/// If a gradient is off, which names the worst element of the first such variable; if `loss` or
/// `gradient` fails; if a variable is neither `f32` nor `f64`.
pub fn check(
    vars: &[(String, Var)],
    loss: &dyn Fn() -> candle_core::Result<Tensor>,
    gradient: &dyn Fn(&str) -> candle_core::Result<Tensor>,
    options: &Options,
) -> Result<()> {
    if vars.is_empty() {
        return Err(vacuous("there are no variables"));
    }
    // All gradients first: those of one point, before any value moves.
    let gradients: Vec<Tensor> =
        vars.iter().map(|(name, _)| gradient(name)).collect::<candle_core::Result<_>>()?;
    for ((name, var), gradient) in vars.iter().zip(&gradients) {
        if gradient.dims() != var.dims() {
            return Err(Error::Shape {
                name: format!("gradient of {name}"),
                actual: gradient.dims().to_vec(),
                expected: var.dims().to_vec(),
            });
        }
        let differences = differences(name, var, loss, options.step)?;
        let name = format!("gradient of {name}");
        let analytic = to_f64s(gradient)?;
        compare(&name, var.dims(), &analytic, &differences, options.atol, options.rtol)?;
    }
    Ok(())
}

/// Like [`check`], with the gradients of candle's own `loss()?.backward()`.
///
/// # Errors
/// As [`check`]; also if no gradient reaches a variable.
pub fn check_autograd(
    vars: &[(String, Var)],
    loss: &dyn Fn() -> candle_core::Result<Tensor>,
    options: &Options,
) -> Result<()> {
    let store = loss()?.backward()?;
    for (name, var) in vars {
        if store.get(var).is_none() {
            return Err(Error::NoGradient { name: name.clone() });
        }
    }
    let gradient = |wanted: &str| {
        let found = vars.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, var)| store.get(var).cloned()).ok_or_else(|| {
            candle_core::Error::Msg(format!("no gradient of a variable named {wanted}"))
        })
    };
    check(vars, loss, &gradient, options)
}

/// The central difference of `loss` for every element of `var`, whose values are put back.
fn differences(
    name: &str,
    var: &Var,
    loss: &dyn Fn() -> candle_core::Result<Tensor>,
    step: f64,
) -> Result<Vec<f64>> {
    // f32 holds another number than x + h: the step that was really made counts.
    let rounded: fn(f64) -> f64 = match var.dtype() {
        DType::F64 => |value| value,
        DType::F32 => |value| f64::from(value as f32),
        other => return Err(Error::Dtype { name: name.to_owned(), dtype: other.as_str() }),
    };
    let before = var.as_detached_tensor().copy()?;
    let mut values = to_f64s(&before)?;
    let result = (0..values.len())
        .map(|i| {
            let original = values[i];
            let (up, down) = (rounded(original + step), rounded(original - step));
            if up <= down {
                return Err(vacuous(&format!(
                    "step {step:e} does not move {name} at {original:e}"
                )));
            }
            values[i] = up;
            let above = loss_at(var, &values, loss)?;
            values[i] = down;
            let below = loss_at(var, &values, loss)?;
            values[i] = original;
            Ok((above - below) / (up - down))
        })
        .collect();
    var.set(&before)?;
    result
}

fn loss_at(
    var: &Var,
    values: &[f64],
    loss: &dyn Fn() -> candle_core::Result<Tensor>,
) -> Result<f64> {
    let moved = Tensor::from_slice(values, var.shape(), &Device::Cpu)?;
    var.set(&moved.to_dtype(var.dtype())?.to_device(var.device())?)?;
    let loss = loss()?;
    match to_f64s(&loss)?[..] {
        [value] => Ok(value),
        _ => Err(Error::NotScalar { shape: loss.dims().to_vec() }),
    }
}

fn vacuous(reason: &str) -> Error {
    Error::Vacuous { check: "finite_difference", reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
