//! What an observer hears of a training run.

use sconce_ops::ParamStore;

use crate::history::{EpochSummary, EvaluationSummary, LogSummary};

/// Whether training goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Control {
    /// Go on.
    #[default]
    Continue,
    /// Stop after this event. The model keeps its best weights, if it was evaluated, else its last.
    Stop,
}

/// Something that happened in a training run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Before the first step.
    Started {
        /// Optimizer steps that the run will take at most.
        n_steps: u64,
        /// Steps an epoch.
        steps_per_epoch: u64,
    },
    /// After an optimizer step.
    Step {
        /// Optimizer step, from 1.
        step: u64,
        /// Epoch, from 1.
        epoch: u64,
        /// Mean loss of the step's batches.
        loss: f64,
        /// Learning rate of the step, of parameters that have no factor of their own.
        learning_rate: f64,
        /// Norm of the gradients before clipping.
        gradient_norm: f64,
        /// Examples of the step.
        n_examples: usize,
    },
    /// After as many steps as the settings say, and after the last one: means over the steps since.
    Log(&'a LogSummary),
    /// After an evaluation. Save the weights here, if they are to outlive the process: the store
    /// still has those that were evaluated.
    Evaluated {
        /// What came out.
        summary: &'a EvaluationSummary,
        /// The weights.
        store: &'a ParamStore,
    },
    /// After the last step of an epoch, and its evaluation if there was one.
    Epoch(&'a EpochSummary),
}

/// Hears of everything that happens in a training run.
pub trait Observer: Send {
    /// Called at each event, on the training thread: be quick.
    fn on_event(&mut self, event: &Event<'_>) -> Control;
}

/// Hears nothing.
impl Observer for () {
    fn on_event(&mut self, _: &Event<'_>) -> Control {
        Control::Continue
    }
}

impl<F: FnMut(&Event<'_>) -> Control + Send> Observer for F {
    fn on_event(&mut self, event: &Event<'_>) -> Control {
        self(event)
    }
}

/// Both hear everything, and either may stop.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn on_event(&mut self, event: &Event<'_>) -> Control {
        match (self.0.on_event(event), self.1.on_event(event)) {
            (Control::Continue, Control::Continue) => Control::Continue,
            _ => Control::Stop,
        }
    }
}
