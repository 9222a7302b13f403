//! Catches a network that does not learn, in the first steps instead of after days: autograd that
//! was cut somewhere lets the loss fall while parts of the model never move.

use candle_core::{Result, bail};

use crate::gradients::{Gradients, largest_magnitude};
use crate::param_store::ParamStore;

/// After how many steps an all-zero gradient is an error.
const ZERO_STEPS: usize = 10;

/// Watches the first steps of every trainable parameter. One that no gradient reached in its first
/// step, or whose gradient is still exactly zero after ten steps, is an error that names it, unless
/// it was declared [`may_be_zero`](crate::ParamSpec::may_be_zero). A gradient that is not finite in
/// these steps always is one.
///
/// Steps count from when a parameter becomes trainable, so layers that are unfrozen later are
/// watched too.
#[derive(Debug, Default)]
pub struct GradientAudit {
    /// By place in the store.
    watched: Vec<Watched>,
}

/// What was seen of one parameter.
#[derive(Debug, Clone, Copy, Default)]
struct Watched {
    n_steps: usize,
    /// A gradient other than zero was seen.
    moved: bool,
}

impl GradientAudit {
    /// Looks at the gradients of the next step; costs nothing once ten steps of every parameter
    /// have been seen.
    ///
    /// # Errors
    /// If parameters do not learn; the message names each and says why.
    pub fn observe(&mut self, store: &ParamStore, gradients: &Gradients) -> Result<()> {
        let params = store.params();
        self.watched.resize(params.len(), Watched::default());
        let mut faults = Faults::default();
        for (index, (param, watched)) in params.iter().zip(&mut self.watched).enumerate() {
            if watched.n_steps >= ZERO_STEPS || !param.is_trainable() {
                continue;
            }
            watched.n_steps += 1;
            let may_be_zero = param.may_be_zero().is_some();
            let Some(gradient) = gradients.get(index) else {
                if watched.n_steps == 1 && !may_be_zero {
                    faults.unreached.push(param.name().to_owned());
                }
                continue;
            };
            let largest = largest_magnitude(gradient.values())?;
            if !largest.is_finite() {
                faults.not_finite.push(param.name().to_owned());
            }
            watched.moved |= largest > 0.;
            if watched.n_steps == ZERO_STEPS && !watched.moved && !may_be_zero {
                faults.stuck.push(param.name().to_owned());
            }
        }
        faults.into_result()
    }
}

/// Names of the parameters that do not learn, by reason.
#[derive(Default)]
struct Faults {
    unreached: Vec<String>,
    not_finite: Vec<String>,
    stuck: Vec<String>,
}

impl Faults {
    fn into_result(self) -> Result<()> {
        if !self.unreached.is_empty() {
            bail!(
                "gradient audit: no gradient reached {} in the first step; the loss does not \
                 depend on it, or an operation without a backward pass cut the graph",
                self.unreached.join(", ")
            );
        }
        if !self.not_finite.is_empty() {
            bail!("gradient audit: the gradient of {} is not finite", self.not_finite.join(", "));
        }
        if !self.stuck.is_empty() {
            bail!(
                "gradient audit: after {ZERO_STEPS} steps the gradient of {} is still exactly \
                 zero, so it does not learn; freeze it or declare why with `may_be_zero`",
                self.stuck.join(", ")
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
