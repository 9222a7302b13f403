//! What can go wrong in training.

use std::fmt;

use thiserror::Error;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Rows that a message names.
const ROWS_NAMED: usize = 8;

/// A place in a training run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// Optimizer step, from 1.
    pub step: u64,
    /// Epoch, from 1.
    pub epoch: u64,
    /// Batch of the epoch, from 1.
    pub batch: usize,
    /// The rows of the training set that the task named for the step, from 0.
    pub rows: Vec<usize>,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, epoch, batch, rows } = self;
        write!(f, "step {step} (epoch {epoch}, batch {batch}, ")?;
        let named: Vec<String> = rows.iter().take(ROWS_NAMED).map(usize::to_string).collect();
        write!(f, "training rows {}", named.join(", "))?;
        match rows.len().saturating_sub(ROWS_NAMED) {
            0 => write!(f, "; from 0)"),
            more => write!(f, " and {more} more; from 0)"),
        }
    }
}

/// An error of a training run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The loss stopped being a number.
    #[error("the loss is {loss} at {at}; lower the learning rate or clip the gradients")]
    NonFiniteLoss {
        /// The loss.
        loss: f64,
        /// Where.
        at: Box<At>,
    },
    /// The gradients stopped being numbers.
    #[error("the gradient of {param} is not finite at {at}; lower the learning rate")]
    NonFiniteGradient {
        /// The first parameter whose gradient is not; of all together if only their norm is not.
        param: String,
        /// Where.
        at: Box<At>,
    },
    /// The weights stopped being numbers.
    #[error("the parameter `{name}` is not finite after training; lower the learning rate")]
    NonFiniteWeights {
        /// The parameter.
        name: String,
    },
    /// A metric stopped being a number.
    #[error("the validation's {name} is {value} after step {step}; lower the learning rate")]
    NonFiniteMetric {
        /// The metric.
        name: String,
        /// Its value.
        value: f64,
        /// Optimizer step, from 1.
        step: u64,
    },
    /// There is nothing to train on.
    #[error("an epoch has no batch: there are no training examples")]
    NoBatches,
    /// There is nothing to train.
    #[error("every parameter is frozen, so nothing would be learned; freeze fewer")]
    NothingToTrain,
    /// No metric of this name comes out of the evaluation.
    #[error("no metric `{name}`{hint}; the evaluation has {known}")]
    UnknownMetric {
        /// The name asked for.
        name: String,
        /// The nearest name as a question, or nothing.
        hint: String,
        /// The names there are.
        known: String,
    },
    /// A pattern names no parameter.
    #[error("no parameter is named \"{pattern}\"; {hint}")]
    UnknownParameter {
        /// The pattern.
        pattern: String,
        /// Near names, or the scopes there are.
        hint: String,
    },
    /// A network has not as many numbered layers.
    #[error(
        "the last {asked} layers were asked for; by the names of its parameters the model has \
         {n_layers}"
    )]
    TooFewLayers {
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        n_layers: usize,
    },
    /// A network has no parameters outside of what its head stands on.
    #[error(
        "a learning rate of the head was asked for, but by its name no parameter is of a head; \
         name them in a group"
    )]
    NoHead,
    /// There is no optimizer of this name.
    #[error("no optimizer \"{name}\"{hint}; there are {known}")]
    UnknownOptimizer {
        /// The name asked for.
        name: String,
        /// The nearest name as a question, or nothing.
        hint: String,
        /// The names there are.
        known: String,
    },
    /// An optimizer does not have a setting that was given.
    #[error("the optimizer {optimizer} has no {setting}; leave it out")]
    AbsentSetting {
        /// The optimizer.
        optimizer: &'static str,
        /// The setting.
        setting: &'static str,
    },
    /// A setting is out of its range, or does not go with another.
    #[error("{name} is {value}; it must be {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A text is no learning-rate schedule.
    #[error("schedule {schedule}: {problem}")]
    Schedule {
        /// Its name.
        schedule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Examples do not have the targets that a task learns from, or is measured by.
    #[error("the examples have {found}, but the task needs {wanted}")]
    WrongTargets {
        /// What they have.
        found: &'static str,
        /// What they should have.
        wanted: &'static str,
    },
    /// There are not as many columns of texts as a loss needs.
    #[error("the examples have {found} texts each, but the loss needs {wanted}")]
    WrongColumns {
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: &'static str,
    },
    /// Questions are not those whose windows are given.
    #[error("{examples} questions, but windows of {encoded}; give those that were encoded")]
    WrongQuestions {
        /// Questions with their answers.
        examples: usize,
        /// Questions that were encoded.
        encoded: usize,
    },
    /// The training thread could not be started.
    #[error("the training thread could not be started: {0}")]
    Thread(std::io::Error),
    /// The training thread panicked.
    #[error("the training thread panicked; this is a bug")]
    Panicked,
    /// A metric refused its input.
    #[error(transparent)]
    Metric(#[from] sconce_metrics::Error),
    /// A batch could not be made.
    #[error(transparent)]
    Text(#[from] sconce_text_pipeline::Error),
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}
