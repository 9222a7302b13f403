//! Optimizers: one in-place pass over each parameter.

use candle_core::Result;

use crate::gradients::Gradients;
use crate::param_store::ParamStore;

mod adamw;
mod adamw_kernel;

pub use self::adamw::{AdamW, Decay};

/// A rule that moves parameters against their gradients.
pub trait Optimizer {
    /// Takes one step with this learning rate. Frozen parameters and parameters without a gradient
    /// stay as they are.
    ///
    /// # Errors
    /// If a parameter has another size than in the steps before, or a device operation fails. An
    /// optimizer belongs to one store.
    fn step(&mut self, store: &ParamStore, gradients: &Gradients, learning_rate: f64)
    -> Result<()>;
}
