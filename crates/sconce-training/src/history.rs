//! What a training run did.

use serde::Serialize;

use crate::task::Evaluation;

/// What a training run did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct History {
    /// Every epoch, the last one perhaps in part.
    pub epochs: Vec<EpochSummary>,
    /// Every evaluation.
    pub evaluations: Vec<EvaluationSummary>,
    /// Optimizer steps taken.
    pub n_steps: u64,
    /// Examples trained on in a second, evaluation not counted.
    pub examples_per_second: f64,
    /// The epoch (from 1) in which the model had the weights that it has now.
    pub best_epoch: u64,
    /// The step (from 1; 0 for the initial weights) after which it had them.
    pub best_step: u64,
    /// Whether an observer or the patience ended the run before its last step.
    pub stopped_early: bool,
}

/// One epoch of a training run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpochSummary {
    /// Epoch, from 1.
    pub epoch: u64,
    /// Mean loss of its examples, each batch counted by its weight.
    pub train_loss: f64,
    /// Examples trained on in a second, evaluation not counted.
    pub examples_per_second: f64,
    /// Seconds of its steps, evaluation not counted.
    pub seconds: f64,
    /// Metrics on the validation set, if it was evaluated after the epoch's last step.
    pub valid: Option<Evaluation>,
    /// Whether these are the best weights so far, by the run's metric.
    pub is_best: bool,
}

/// One evaluation in a training run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationSummary {
    /// The last optimizer step before it, from 1.
    pub step: u64,
    /// That step's epoch, from 1.
    pub epoch: u64,
    /// Metrics on the validation set.
    pub metrics: Evaluation,
    /// Whether these are the best weights so far, by the run's metric.
    pub is_best: bool,
    /// How long it took.
    pub seconds: f64,
}

/// Some steps of a training run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogSummary {
    /// The last of them, from 1.
    pub step: u64,
    /// Its epoch, from 1.
    pub epoch: u64,
    /// How many.
    pub n_steps: u64,
    /// Mean loss, each batch counted by its weight.
    pub loss: f64,
    /// Learning rate of the last one.
    pub learning_rate: f64,
    /// Mean norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// Examples trained on in a second, evaluation not counted.
    pub examples_per_second: f64,
}
