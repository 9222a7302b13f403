//! What one optimizer says of itself; [`OptimizerStates`](super::states::OptimizerStates) does the rest.

use candle_core::{Result, Var};

use super::groups::ParamGroups;
use super::states::Memory;
use crate::gradients::Gradient;

/// An optimizer's settings and its step of one parameter.
pub(super) trait Algorithm: Sync {
    /// For messages.
    const NAME: &'static str;

    fn groups(&self) -> &ParamGroups;

    fn weight_decay(&self) -> f64;

    /// What is kept of a parameter with these dimensions.
    fn slots(&self, dims: &[usize]) -> Vec<Slot>;

    /// Refuses settings that contradict each other.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// Takes one step of one parameter.
    fn update(&self, turn: &Turn<'_>, memory: &mut Memory) -> Result<()>;
}

/// A tensor that an optimizer keeps of a parameter.
pub(super) struct Slot {
    /// PyTorch's name for it.
    pub(super) name: &'static str,
    pub(super) shape: Vec<usize>,
    /// Initial value.
    pub(super) start: f64,
}

impl Slot {
    /// One of the parameter's own shape, zero at first.
    pub(super) fn like(name: &'static str, dims: &[usize]) -> Self {
        Self { name, shape: dims.to_vec(), start: 0. }
    }
}

/// One step of one parameter.
pub(super) struct Turn<'a> {
    pub(super) var: &'a Var,
    pub(super) gradient: &'a Gradient,
    /// Factor of the gradient.
    pub(super) scale: f64,
    /// That of the parameter's group.
    pub(super) learning_rate: f64,
    /// That of the parameter's group; 0 if it does not decay.
    pub(super) weight_decay: f64,
    /// Steps of this parameter, this one included. As in PyTorch, they count from its own first
    /// gradient.
    pub(super) n_steps: u64,
}

impl Turn<'_> {
    /// `1 - βᵗ`: the sum of the weights with which an average with decay rate `β` that began at
    /// zero has taken in its values.
    pub(super) fn bias_correction(&self, beta: f64) -> f64 {
        1. - beta.powf(self.n_steps as f64)
    }
}

/// Makes an [`Algorithm`] with a field `states` an [`Optimizer`](super::Optimizer).
macro_rules! optimizer {
    ($name:ident) => {
        impl crate::optimizer::Optimizer for $name {
            fn step(
                &mut self,
                store: &crate::ParamStore,
                gradients: &crate::Gradients,
                learning_rate: f64,
            ) -> candle_core::Result<()> {
                let mut states = std::mem::take(&mut self.states);
                let result = states.step(self, store, gradients, learning_rate);
                self.states = states;
                result
            }

            fn state(
                &self,
                store: &crate::ParamStore,
            ) -> candle_core::Result<Vec<(String, candle_core::Tensor)>> {
                self.states.save(self, store)
            }

            fn load_state(
                &mut self,
                store: &crate::ParamStore,
                state: &[(String, candle_core::Tensor)],
            ) -> candle_core::Result<()> {
                self.states = crate::optimizer::OptimizerStates::load(self, store, state)?;
                Ok(())
            }
        }
    };
}
pub(super) use optimizer;
