//! A run that ended with an error, and what is left of it.

use std::fmt;

use crate::error::Error;
use crate::history::History;

/// A run that ended with an error. What it reached is not lost: the store has the weights that
/// [`kept`](Self::kept) names, to be saved or used.
///
/// `?` makes an [`Error`] of it, where nobody cares for the weights.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: Box<Error>,
    /// The weights that the store has now.
    pub kept: Kept,
    /// What the run did before.
    pub history: Box<History>,
}

/// The weights that a store has after a run that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The best ones that were evaluated, as if the run had ended before the error.
    Best {
        /// Their epoch, from 1.
        epoch: u64,
        /// Their optimizer step, from 1.
        step: u64,
    },
    /// Those of the last step, which were never evaluated. They are finite, but the error may be of
    /// their making.
    Last {
        /// The optimizer step, from 1; 0 for the initial weights.
        step: u64,
    },
    /// None that are any good: some are not finite, and none were evaluated before.
    Nothing,
}

impl Failure {
    /// A run that did not take a step.
    pub(crate) fn before_the_first_step(error: Error) -> Self {
        let (error, kept) = (Box::new(error), Kept::Last { step: 0 });
        Self { error, kept, history: Box::default() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.error, self.kept)
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best { epoch, step } => {
                write!(f, "the best weights before it are kept, of step {step} in epoch {epoch}")
            }
            Self::Last { step: 0 } => write!(f, "the initial weights are kept"),
            Self::Last { step } => write!(f, "the weights after step {step} are kept, unevaluated"),
            Self::Nothing => write!(f, "the weights are of no use"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        *failure.error
    }
}
