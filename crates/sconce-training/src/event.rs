//! What an observer hears of a training run.

use crate::task::Evaluation;

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
        /// Of these, steps an epoch.
        steps_per_epoch: u64,
    },
    /// After an optimizer step.
    Step {
        /// Optimizer step, from 1.
        step: u64,
        /// Epoch, from 1.
        epoch: u64,
        /// Loss of the batch.
        loss: f64,
        /// Learning rate of the step.
        learning_rate: f64,
        /// Norm of the gradients before clipping.
        gradient_norm: f64,
        /// Examples of the batch.
        n_examples: usize,
    },
    /// After the last step of an epoch and its evaluation.
    Epoch(&'a EpochSummary),
}

/// One epoch of a training run.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct EpochSummary {
    /// Epoch, from 1.
    pub epoch: u64,
    /// Mean loss of its examples.
    pub train_loss: f64,
    /// Examples trained on in a second, evaluation not counted.
    pub examples_per_second: f64,
    /// Seconds of its steps, evaluation not counted.
    pub seconds: f64,
    /// Metrics on the validation set, if there is one.
    pub valid: Option<Evaluation>,
    /// Whether these are the best weights so far, by the run's metric.
    pub is_best: bool,
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
