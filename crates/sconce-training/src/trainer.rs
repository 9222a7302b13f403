//! The training loop.

use std::time::{Duration, Instant};

use sconce_ops::{AdamW, Decay, GradientAudit, Mode, Optimizer};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::event::{Control, EpochSummary, Event, Observer};
use crate::schedule::{LrSchedule, Warmup};
use crate::task::Task;

mod best;

use self::best::Best;

/// candle's backward pass and its drop recurse once for each node on the longest path.
const STACK_BYTES: usize = 256 << 20;

/// Which optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam with decay in the gradient.
    Adam,
    /// Adam with decoupled decay.
    #[default]
    AdamW,
}

/// Settings of a [`Trainer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainerConfig {
    /// Passes over the training set.
    pub epochs: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// How it goes after the warmup.
    pub schedule: LrSchedule,
    /// How it gets there.
    pub warmup: Warmup,
    /// Which optimizer.
    pub optimizer: OptimizerKind,
    /// Weight decay of the parameters that decay.
    pub weight_decay: f64,
    /// Largest norm of all gradients together.
    pub clip: Option<f64>,
    /// Seed of every dropout mask.
    pub seed: u64,
    /// The metric of the evaluation that decides which weights are best.
    pub metric: String,
    /// Epochs without a better evaluation after which training stops.
    pub patience: Option<u64>,
}

impl Default for TrainerConfig {
    fn default() -> Self {
        Self {
            epochs: 10,
            learning_rate: 1e-3,
            schedule: LrSchedule::Constant,
            warmup: Warmup::Steps(0),
            optimizer: OptimizerKind::AdamW,
            weight_decay: 0.,
            clip: None,
            seed: 42,
            metric: "accuracy".into(),
            patience: None,
        }
    }
}

/// What a training run did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Every epoch.
    pub epochs: Vec<EpochSummary>,
    /// Optimizer steps taken.
    pub n_steps: u64,
    /// Examples trained on in a second, evaluation not counted.
    pub examples_per_second: f64,
    /// The epoch (from 1) whose weights the model has now.
    pub best_epoch: u64,
    /// Whether an observer or the patience ended the run before its last epoch.
    pub stopped_early: bool,
}

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

    /// Trains until the last epoch, the patience's end or an observer's [`Control::Stop`]. With a
    /// validation set, the model ends with its best epoch's weights, else with its last.
    ///
    /// The run has a thread of its own, with a stack that is deep enough for candle's recursion;
    /// operations use rayon's global pool.
    ///
    /// # Errors
    /// If a loss, gradient, metric or weight stops being finite, a parameter gets no gradient, the
    /// metric does not exist, or a tensor operation fails.
    pub fn fit(&self, task: &(impl Task + ?Sized), observer: &mut dyn Observer) -> Result<History> {
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .name("training".into())
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || Run::new(&self.config, task, observer).fit())
                .map_err(Error::Thread)?
                .join()
                .map_err(|_| Error::Panicked)?
        })
    }

    fn optimizer(config: &TrainerConfig) -> Box<dyn Optimizer> {
        let decay = match config.optimizer {
            OptimizerKind::Adam => Decay::Gradient,
            OptimizerKind::AdamW => Decay::Decoupled,
        };
        Box::new(AdamW::with_decay(config.weight_decay, decay))
    }
}

/// The state of one call of [`Trainer::fit`].
struct Run<'a, T: Task + ?Sized> {
    config: &'a TrainerConfig,
    task: &'a T,
    observer: &'a mut dyn Observer,
    optimizer: Box<dyn Optimizer>,
    audit: GradientAudit,
    best: Best,
    step: u64,
    n_steps: u64,
}

/// Sums over the steps of one epoch.
#[derive(Default)]
struct Totals {
    loss: f64,
    n_examples: usize,
    time: Duration,
    stopped: bool,
}

impl<'a, T: Task + ?Sized> Run<'a, T> {
    fn new(config: &'a TrainerConfig, task: &'a T, observer: &'a mut dyn Observer) -> Self {
        Self {
            config,
            task,
            observer,
            optimizer: Trainer::optimizer(config),
            audit: GradientAudit::default(),
            best: Best::default(),
            step: 0,
            n_steps: 0,
        }
    }

    fn fit(mut self) -> Result<History> {
        let steps_per_epoch = self.task.batches(0).len() as u64;
        if steps_per_epoch == 0 {
            return Err(Error::NoBatches);
        }
        self.n_steps = steps_per_epoch * self.config.epochs;
        let started = Event::Started { n_steps: self.n_steps, steps_per_epoch };
        let mut stopped = self.observer.on_event(&started) == Control::Stop;
        let mut epochs: Vec<EpochSummary> = Vec::new();
        let (mut n_examples, mut time) = (0, Duration::ZERO);
        for epoch in 1..=self.config.epochs {
            if stopped {
                break;
            }
            let totals = self.epoch(epoch)?;
            n_examples += totals.n_examples;
            time += totals.time;
            let summary = self.summarize(epoch, &totals)?;
            let ended = self.observer.on_event(&Event::Epoch(&summary)) == Control::Stop;
            stopped = totals.stopped || ended || self.best.is_exhausted(self.config.patience);
            epochs.push(summary);
        }
        self.best.restore(self.task.store())?;
        if let Some(param) = self.task.store().first_non_finite()? {
            return Err(Error::NonFiniteWeights { name: param.name().into() });
        }
        Ok(History {
            n_steps: self.step,
            examples_per_second: n_examples as f64 / time.as_secs_f64().max(1e-9),
            best_epoch: self.best.epoch().unwrap_or(epochs.len() as u64),
            stopped_early: self.step < self.n_steps,
            epochs,
        })
    }

    fn epoch(&mut self, epoch: u64) -> Result<Totals> {
        let mut totals = Totals::default();
        let begin = Instant::now();
        for (batch, rows) in self.task.batches(epoch - 1).iter().enumerate() {
            let (loss, n_examples, control) = self.step(rows, epoch, batch + 1)?;
            totals.loss += loss * n_examples as f64;
            totals.n_examples += n_examples;
            if control == Control::Stop {
                totals.stopped = true;
                break;
            }
        }
        totals.time = begin.elapsed();
        Ok(totals)
    }

    /// One optimizer step: forward, backward, audit, clip, update.
    fn step(&mut self, rows: &[usize], epoch: u64, batch: usize) -> Result<(f64, usize, Control)> {
        let (config, store) = (self.config, self.task.store());
        let n_warmup = config.warmup.steps(self.n_steps);
        let factor = config.schedule.factor(self.step, n_warmup, self.n_steps);
        self.step += 1;
        let step = self.step;
        let learning_rate = config.learning_rate * factor;

        let mode = Mode::train(config.seed, step);
        let output = self.task.loss(rows, mode)?;
        let loss = output.loss.to_dtype(candle_core::DType::F64)?.to_scalar::<f64>()?;
        if !loss.is_finite() {
            return Err(Error::NonFiniteLoss { loss, step, epoch, batch });
        }
        let mut gradients = store.backward(&output.loss)?;
        self.audit.observe(store, &gradients)?;
        let gradient_norm = match config.clip {
            Some(max_norm) => gradients.clip_norm(max_norm)?,
            None => gradients.norm()?,
        };
        if !gradient_norm.is_finite() {
            let norm = gradient_norm;
            return Err(Error::NonFiniteGradient { norm, step, epoch, batch });
        }
        self.optimizer.step(store, &gradients, learning_rate)?;

        let n_examples = output.n_examples;
        let event = Event::Step { step, epoch, loss, learning_rate, gradient_norm, n_examples };
        Ok((loss, n_examples, self.observer.on_event(&event)))
    }

    fn summarize(&mut self, epoch: u64, totals: &Totals) -> Result<EpochSummary> {
        let valid = {
            let _untracked = self.task.store().no_grad();
            self.task.evaluate()?
        };
        let mut values = valid.iter().flatten();
        if let Some((name, &value)) = values.find(|(_, value)| !value.is_finite()) {
            return Err(Error::NonFiniteMetric { name: name.clone(), value, epoch });
        }
        let is_best = match &valid {
            Some(valid) => {
                self.best.consider(epoch, valid, &self.config.metric, self.task.store())?
            }
            None => false,
        };
        let seconds = totals.time.as_secs_f64();
        Ok(EpochSummary {
            epoch,
            train_loss: totals.loss / totals.n_examples.max(1) as f64,
            examples_per_second: totals.n_examples as f64 / seconds.max(1e-9),
            seconds,
            valid,
            is_best,
        })
    }
}

#[cfg(test)]
mod tests;
