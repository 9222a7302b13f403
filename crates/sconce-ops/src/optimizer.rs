//! Optimizers: one in-place pass over each parameter, all parameters in parallel.
//!
//! An optimizer is a file here with two parts: the public type with its settings, and its
//! *rule*, a small function of one element's gradient and state, written once for a number and for
//! a whole tensor. Kernels, weight decay, row gradients, parameter groups and saving are shared.

use candle_core::{Result, Tensor};

use crate::gradients::Gradients;
use crate::param_store::ParamStore;

mod adafactor;
mod adagrad;
mod adamw;
mod algorithm;
mod blocks;
mod elementwise;
mod groups;
mod lamb;
mod lion;
mod number;
mod rms_prop;
mod rows;
mod sgd;
mod states;

pub use self::adafactor::Adafactor;
pub use self::adagrad::Adagrad;
pub use self::adamw::AdamW;
pub use self::groups::{ParamGroup, ParamGroups};
pub use self::lamb::Lamb;
pub use self::lion::Lion;
pub use self::rms_prop::RmsProp;
pub use self::sgd::Sgd;
pub use self::states::OptimizerStates;

/// A rule that moves parameters against their gradients.
pub trait Optimizer {
    /// Takes one step with this learning rate. Frozen parameters and parameters without a gradient
    /// stay as they are.
    ///
    /// # Errors
    /// If a gradient does not fit its parameter, a parameter has another shape than in the steps
    /// before (an optimizer belongs to one store), settings contradict each other, or a device
    /// operation fails.
    fn step(&mut self, store: &ParamStore, gradients: &Gradients, learning_rate: f64)
    -> Result<()>;

    /// All that the optimizer remembers, as named tensors: for the parameter `encoder.weight` the
    /// number of its steps, `encoder.weight.step`, and what the optimizer keeps of it under
    /// PyTorch's names, such as `encoder.weight.exp_avg`. A parameter that had no gradient yet has
    /// no entries.
    ///
    /// # Errors
    /// If a device operation fails.
    fn state(&self, store: &ParamStore) -> Result<Vec<(String, Tensor)>>;

    /// Replaces what the optimizer remembers by the [`state`](Self::state) of another one with the
    /// same settings. The next step is the one that the other would have taken, bit for bit.
    ///
    /// # Errors
    /// If a name is unknown, an entry is missing, or a shape is another; the optimizer is then as
    /// it was.
    fn load_state(&mut self, store: &ParamStore, state: &[(String, Tensor)]) -> Result<()>;
}

/// Where weight decay enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decay {
    /// `p ← p - lr · decay · p` beside the step (AdamW).
    #[default]
    Decoupled,
    /// `g ← g + decay · p` before the step (Adam).
    Gradient,
}

/// What a step does to the rows that have no gradient, in a parameter whose gradient comes as rows
/// (a word embedding).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sparse {
    /// The step equals that with the dense gradient: rows coast on their moments and decay. Rows
    /// that never had a gradient have zero moments and cost nothing but their decay.
    #[default]
    Dense,
    /// Nothing: moments and decay of a row stand still until it has a gradient again, which is
    /// the rule of `torch.optim.SparseAdam` and of PyTorch's optimizers with sparse gradients.
    Lazy,
}

#[cfg(test)]
mod tests;
