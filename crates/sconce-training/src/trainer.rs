//! The trainer: a thread with a deep stack on which a run goes through its steps.

use crate::config::TrainerConfig;
use crate::error::Error;
use crate::event::Observer;
use crate::failure::Failure;
use crate::history::History;
use crate::task::Task;

mod best;
mod meter;
mod run;

/// candle's backward pass and its drop recurse once for each node on the longest path.
const STACK_BYTES: usize = 256 << 20;

/// Trains a [`Task`].
#[derive(Debug, Clone)]
pub struct Trainer {
    config: TrainerConfig,
}

impl Trainer {
    /// A trainer with these settings.
    pub fn new(config: TrainerConfig) -> Self {
        Self { config }
    }

    /// Trains until the last step, the patience's end or an observer's
    /// [`Control::Stop`](crate::Control::Stop). With a validation set, the model ends with the best
    /// weights that were evaluated, else with its last.
    ///
    /// The run has a thread of its own, with a stack that is deep enough for candle's recursion;
    /// operations use rayon's global pool.
    ///
    /// # Errors
    /// If a setting makes no sense, a loss, gradient, metric or weight stops being finite, a
    /// parameter gets no gradient, the metric does not exist, or a tensor operation fails. The
    /// [`Failure`] says which weights the store has then: the best ones that were evaluated, if any.
    pub fn fit(
        &self,
        task: &(impl Task + ?Sized),
        observer: &mut dyn Observer,
    ) -> Result<History, Failure> {
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .name("training".into())
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || run::fit(&self.config, task, observer))
                .map_err(|error| Failure::before_the_first_step(Error::Thread(error)))?
                .join()
                .map_err(|_| Failure::before_the_first_step(Error::Panicked))?
        })
    }
}

#[cfg(test)]
mod tests;
