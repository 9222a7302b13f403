//! Training: a [`Trainer`] that drives any [`Task`], learning-rate schedules, which parameters are
//! trained and how ([`ParamPolicy`]), and a task for each kind of model: [`ClassifyTask`],
//! [`TagTask`], [`AnswerTask`], [`MaskedTask`], [`CausalTask`], [`EmbedTask`]. Each has a function
//! that evaluates a model without training, such as [`evaluate_classifier`]. Optimizers and losses
//! are those of `sconce-ops`, re-exported here, beside losses that only tasks need
//! ([`InBatchNegatives`], [`CoSent`], [`span_loss`]).
//!
//! The [`Trainer`] knows nothing of text or labels: a [`Task`] hands it a loss for each batch and
//! an evaluation now and then, an [`Observer`] hears of everything that happens. So it trains any
//! candle model whose parameters live in a [`ParamStore`]. A run that fails leaves the best weights
//! that it had evaluated ([`Failure`]).
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
//!         Ok(StepLoss::new(loss, 1))
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
//! let config = TrainerConfig { epochs: 40., learning_rate: 0.1, ..TrainerConfig::default() };
//! let history = Trainer::new(config).fit(&task, &mut ())?;
//! assert_eq!(history.n_steps, 320);
//! let fitted = weight.tensor().flatten_all()?.to_vec1::<f32>()?[0];
//! assert!((fitted - 3.).abs() < 0.01);
//! # Ok(())
//! # }
//! ```

mod answer;
mod batching;
mod causal;
mod classify;
mod config;
mod embed;
mod error;
mod event;
mod failure;
mod history;
mod layers;
mod losses;
mod masked;
mod name_pattern;
mod optimizer;
mod packed;
mod param_policy;
mod report;
mod schedule;
mod tag;
mod task;
#[cfg(test)]
mod tests;
mod trainer;

pub use sconce_ops::{
    Adafactor, Adagrad, AdamW, CrossEntropy, Decay, Ema, EmaStart, GradientAudit, GradientMean,
    IGNORE_INDEX, Init, Lamb, Lion, Mode, Optimizer, Param, ParamGroup, ParamGroups, ParamSpec,
    ParamStore, Params, Reduction, RmsProp, Sgd, bce_with_logits, cosine_embedding_loss,
    cosine_similarity, huber, kl_div, kl_div_logits, linear, mean_squared_error, smooth_l1,
    squared_error,
};

pub use crate::answer::{
    AnswerOptions, AnswerTask, FoundAnswer, FoundAnswers, Questions, evaluate_answerer,
    find_answers,
};
pub use crate::batching::Batching;
pub use crate::causal::{CausalTask, LmRows, evaluate_causal_lm};
pub use crate::classify::{ClassifyTask, evaluate_classifier};
pub use crate::config::TrainerConfig;
pub use crate::embed::{EmbedLoss, EmbedTask, embed_texts, evaluate_encoder};
pub use crate::error::{At, Error, Result};
pub use crate::event::{Control, Event, Observer};
pub use crate::failure::{Failure, Kept};
pub use crate::history::{EpochSummary, EvaluationSummary, History, LogSummary};
pub use crate::layers::{Layers, Place};
pub use crate::losses::{
    CoSent, InBatchNegatives, multi_label_loss, normalize_rows, regression_loss, span_loss,
    span_weight, target_weight,
};
pub use crate::masked::{MaskedTask, evaluate_masked_lm};
pub use crate::optimizer::OptimizerKind;
pub use crate::param_policy::{NamedGroup, ParamPolicy};
pub use crate::report::{Details, Report};
pub use crate::schedule::{DecayShape, LrSchedule, Warmup};
pub use crate::tag::{TagTask, evaluate_tagger};
pub use crate::task::{Evaluation, StepLoss, Task, is_smaller_better};
pub use crate::trainer::Trainer;

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
