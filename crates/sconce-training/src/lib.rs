//! Training: a [`Trainer`] that drives any [`Task`], learning-rate schedules, and the task of
//! classifying sentences. Losses and optimizers are those of `sconce-ops`, re-exported here.
//!
//! The [`Trainer`] knows nothing of text or labels: a [`Task`] hands it a loss for each batch and
//! an evaluation at the end of each epoch, an [`Observer`] hears of everything that happens. So it
//! trains any candle model whose parameters live in a [`ParamStore`].
//!
//! This crate never prints, exports nothing, and reads no files.
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use sconce_training::{
//!     Evaluation, Mode, ParamStore, StepLoss, Task, Trainer, TrainerConfig, linear,
//!     mean_squared_error, Init, Param, ParamSpec,
//! };
//!
//! /// Fits `y = 3 x` with one weight, one example a batch.
//! struct Line {
//!     store: ParamStore,
//!     weight: Param,
//! }
//!
//! impl Task for Line {
//!     fn store(&self) -> &ParamStore {
//!         &self.store
//!     }
//!     fn batches(&self, _epoch: u64) -> Vec<Vec<usize>> {
//!         (1..=8).map(|i| vec![i]).collect()
//!     }
//!     fn loss(&self, rows: &[usize], _: Mode) -> sconce_training::Result<StepLoss> {
//!         let x = Tensor::new(&[[rows[0] as f32]], &Device::Cpu)?;
//!         let loss = mean_squared_error(&linear(&x, &self.weight, None)?, &(&x * 3.)?)?;
//!         Ok(StepLoss { loss, n_examples: 1 })
//!     }
//!     fn evaluate(&self) -> sconce_training::Result<Option<Evaluation>> {
//!         Ok(None)
//!     }
//! }
//!
//! # fn main() -> Result<(), sconce_training::Error> {
//! let store = ParamStore::new(&Device::Cpu, 42);
//! let weight = store.root().get("weight", ParamSpec::new((1, 1), Init::Constant(0.)))?;
//! let task = Line { store, weight: weight.clone() };
//! let config = TrainerConfig { epochs: 40, learning_rate: 0.1, ..TrainerConfig::default() };
//! let history = Trainer::new(config).fit(&task, &mut ())?;
//! assert_eq!(history.n_steps, 320);
//! let fitted = weight.tensor().flatten_all()?.to_vec1::<f32>()?[0];
//! assert!((fitted - 3.).abs() < 0.01);
//! # Ok(())
//! # }
//! ```

mod classify;
mod error;
mod event;
mod schedule;
mod task;
mod trainer;

pub use sconce_ops::{
    AdamW, CrossEntropy, Decay, GradientAudit, Init, Mode, Optimizer, Param, ParamSpec, ParamStore,
    Params, linear, mean_squared_error,
};

pub use crate::classify::{ClassifyTask, classify, evaluate_classifier};
pub use crate::error::{Error, Result};
pub use crate::event::{Control, EpochSummary, Event, Observer};
pub use crate::schedule::{LrSchedule, Warmup};
pub use crate::task::{Evaluation, StepLoss, Task};
pub use crate::trainer::{History, OptimizerKind, Trainer, TrainerConfig};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
