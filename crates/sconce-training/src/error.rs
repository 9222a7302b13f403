//! What can go wrong in training.

use thiserror::Error;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a training run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The loss stopped being a number.
    #[error(
        "the loss is {loss} at step {step} (epoch {epoch}, batch {batch}); lower the learning rate \
         or clip the gradients"
    )]
    NonFiniteLoss {
        /// The loss.
        loss: f64,
        /// Optimizer step, from 1.
        step: u64,
        /// Epoch, from 1.
        epoch: u64,
        /// Batch of the epoch, from 1.
        batch: usize,
    },
    /// The gradients stopped being numbers.
    #[error(
        "the norm of the gradients is {norm} at step {step} (epoch {epoch}, batch {batch}); lower \
         the learning rate"
    )]
    NonFiniteGradient {
        /// The norm.
        norm: f64,
        /// Optimizer step, from 1.
        step: u64,
        /// Epoch, from 1.
        epoch: u64,
        /// Batch of the epoch, from 1.
        batch: usize,
    },
    /// The weights stopped being numbers.
    #[error("the parameter `{name}` is not finite after training; lower the learning rate")]
    NonFiniteWeights {
        /// The parameter.
        name: String,
    },
    /// A metric stopped being a number.
    #[error("the validation's {name} is {value} after epoch {epoch}; lower the learning rate")]
    NonFiniteMetric {
        /// The metric.
        name: String,
        /// Its value.
        value: f64,
        /// Epoch, from 1.
        epoch: u64,
    },
    /// There is nothing to train on.
    #[error("an epoch has no batch: there are no training examples")]
    NoBatches,
    /// No metric of this name comes out of the evaluation.
    #[error("no metric `{name}`; the evaluation has {known}")]
    UnknownMetric {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
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
