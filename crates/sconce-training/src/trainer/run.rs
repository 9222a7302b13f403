//! One run: epochs of steps, with evaluations between them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use candle_core::DType;
use sconce_ops::{GradientAudit, GradientMean, Gradients, Mode, Optimizer, Param};

use super::best::{Best, Moment};
use super::meter::{Measured, Meter};
use crate::config::TrainerConfig;
use crate::error::{At, Error, Result};
use crate::event::{Control, Event, Observer};
use crate::failure::{Failure, Kept};
use crate::history::{EpochSummary, EvaluationSummary, History, LogSummary};
use crate::optimizer::optimizer;
use crate::task::Task;

/// Trains the task; whatever happens, the store ends with the best weights that there are.
pub(super) fn fit<T: Task + ?Sized>(
    config: &TrainerConfig,
    task: &T,
    observer: &mut dyn Observer,
) -> Result<History, Failure> {
    let mut run = Run::new(config, task, observer).map_err(Failure::before_the_first_step)?;
    let result = catch_unwind(AssertUnwindSafe(|| run.train()));
    match result.unwrap_or(Err(Error::Panicked)).and_then(|()| run.finish()) {
        Ok(()) => Ok(run.history),
        Err(error) => Err(run.fail(error)),
    }
}

struct Run<'a, T: Task + ?Sized> {
    config: &'a TrainerConfig,
    task: &'a T,
    observer: &'a mut dyn Observer,
    optimizer: Box<dyn Optimizer + Send>,
    audit: GradientAudit,
    best: Best,
    history: History,
    /// Of the epoch, since the last log, and of the whole run.
    meters: [Meter; 3],
    /// When the time began that counts for the next step.
    clock: Instant,
    /// The epoch, and the steps that were taken.
    at: Moment,
    n_batches: u64,
    n_steps: u64,
    steps_per_epoch: u64,
    is_stopped: bool,
}

impl<'a, T: Task + ?Sized> Run<'a, T> {
    fn new(config: &'a TrainerConfig, task: &'a T, observer: &'a mut dyn Observer) -> Result<Self> {
        config.validate()?;
        let optimizer = optimizer(config, config.policy.apply(task.store())?)?;
        let steps_per_epoch = task.batches(0).len().div_ceil(config.accumulate) as u64;
        if steps_per_epoch == 0 {
            return Err(Error::NoBatches);
        }
        Ok(Self {
            config,
            task,
            observer,
            optimizer,
            audit: GradientAudit::default(),
            best: Best::default(),
            history: History::default(),
            meters: Default::default(),
            clock: Instant::now(),
            at: Moment { epoch: 0, step: 0 },
            n_batches: 0,
            n_steps: config.n_steps(steps_per_epoch),
            steps_per_epoch,
            is_stopped: false,
        })
    }

    fn train(&mut self) -> Result<()> {
        let (n_steps, steps_per_epoch) = (self.n_steps, self.steps_per_epoch);
        self.tell(&Event::Started { n_steps, steps_per_epoch });
        self.clock = Instant::now();
        while !self.is_over() {
            self.epoch()?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.is_stopped
            || self.at.step >= self.n_steps
            || self.best.is_exhausted(self.config.patience)
    }

    fn tell(&mut self, event: &Event<'_>) {
        self.is_stopped |= self.observer.on_event(event) == Control::Stop;
    }

    fn epoch(&mut self) -> Result<()> {
        self.meters[0] = Meter::default();
        let batches = self.task.batches(self.at.epoch);
        self.at.epoch += 1;
        if batches.is_empty() {
            return Err(Error::NoBatches);
        }
        let mut first = 0;
        for batches in batches.chunks(self.config.accumulate) {
            let measured = self.step(first, batches)?;
            first += batches.len();
            self.after_step(&measured);
            if self.config.evaluate_every.is_some_and(|every| self.at.step.is_multiple_of(every)) {
                self.evaluate()?;
            }
            if self.is_over() {
                break;
            }
        }
        if self.config.evaluate_every.is_none() || self.is_over() {
            self.evaluate()?;
        }
        self.summarize_epoch();
        Ok(())
    }

    /// One optimizer step: gradients, clip, audit, update.
    fn step(&mut self, first: usize, batches: &[Vec<usize>]) -> Result<Measured> {
        let (config, store) = (self.config, self.task.store());
        let (mut gradients, mut measured) = self.gradients(first, batches)?;
        measured.gradient_norm = match config.clip {
            Some(max_norm) => gradients.clip_norm(max_norm)?,
            None => gradients.norm()?,
        };
        if !measured.gradient_norm.is_finite() {
            let param = gradients.first_non_finite(store)?;
            let named = |param: Param| format!("`{}`", param.name());
            let param = param.map_or("all parameters together".into(), named);
            let at = self.place(first + batches.len(), batches.concat());
            return Err(Error::NonFiniteGradient { param, at });
        }
        if measured.weight > 0. {
            self.audit.observe(store, &gradients)?;
        }
        let n_warmup = config.warmup.steps(self.n_steps);
        let factor = config.schedule.factor(self.at.step, n_warmup, self.n_steps);
        measured.learning_rate = config.learning_rate * factor;
        self.optimizer.step(store, &gradients, measured.learning_rate)?;
        self.n_batches += batches.len() as u64;
        self.at.step += 1;
        Ok(measured)
    }

    /// Forward and backward of each batch, and the mean of their gradients over all targets.
    fn gradients(&self, first: usize, batches: &[Vec<usize>]) -> Result<(Gradients, Measured)> {
        let mut measured = Measured::default();
        let mut mean = GradientMean::default();
        let mut only = None;
        for (index, rows) in batches.iter().enumerate() {
            let mode = Mode::train(self.config.seed, self.n_batches + index as u64 + 1);
            let output = self.task.loss(rows, mode)?;
            let loss = output.loss.to_dtype(DType::F64)?.to_scalar::<f64>()?;
            if !loss.is_finite() {
                let at = self.place(first + index + 1, rows.clone());
                return Err(Error::NonFiniteLoss { loss, at });
            }
            measured.loss += loss * output.weight;
            measured.weight += output.weight;
            measured.n_examples += output.n_examples;
            let gradients = self.task.store().backward(&output.loss)?;
            if batches.len() == 1 && output.weight > 0. {
                // A mean of one would copy it.
                only = Some(gradients);
            } else {
                mean.add(&gradients, output.weight)?;
            }
        }
        if measured.weight > 0. {
            measured.loss /= measured.weight;
        }
        Ok((only.unwrap_or_else(|| mean.take()), measured))
    }

    /// The step that is being taken.
    fn place(&self, batch: usize, rows: Vec<usize>) -> Box<At> {
        Box::new(At { step: self.at.step + 1, epoch: self.at.epoch, batch, rows })
    }

    fn after_step(&mut self, measured: &Measured) {
        let Moment { epoch, step } = self.at;
        let &Measured { loss, learning_rate, gradient_norm, n_examples, .. } = measured;
        self.tell(&Event::Step { step, epoch, loss, learning_rate, gradient_norm, n_examples });
        let now = Instant::now();
        let time = now.duration_since(std::mem::replace(&mut self.clock, now));
        self.meters.iter_mut().for_each(|meter| meter.add(measured, time));
        let is_due = |every: u64| step.is_multiple_of(every) || self.is_over();
        if self.config.log_every.is_some_and(is_due) {
            let meter = std::mem::take(&mut self.meters[1]);
            self.tell(&Event::Log(&LogSummary {
                step,
                epoch,
                n_steps: meter.n_steps,
                loss: meter.loss(),
                learning_rate,
                gradient_norm: meter.gradient_norm(),
                examples_per_second: meter.examples_per_second(),
            }));
        }
    }

    /// Evaluates the weights, if there is a validation set and this has not been done yet.
    fn evaluate(&mut self) -> Result<()> {
        let Moment { epoch, step } = self.at;
        if self.history.evaluations.last().is_some_and(|last| last.step == step) {
            return Ok(());
        }
        let (store, begin) = (self.task.store(), Instant::now());
        let metrics = {
            let _untracked = store.no_grad();
            self.task.evaluate()?
        };
        let seconds = begin.elapsed().as_secs_f64();
        if let Some(metrics) = metrics {
            let mut values = metrics.iter();
            if let Some((name, &value)) = values.find(|(_, value)| !value.is_finite()) {
                return Err(Error::NonFiniteMetric { name: name.clone(), value, step });
            }
            let metric = self.config.metric.as_deref().unwrap_or(self.task.metric());
            let is_best = self.best.consider(self.at, &metrics, metric, store)?;
            let summary = EvaluationSummary { step, epoch, metrics, is_best, seconds };
            self.tell(&Event::Evaluated { summary: &summary, store });
            self.history.evaluations.push(summary);
        }
        self.clock = Instant::now();
        Ok(())
    }

    fn summarize_epoch(&mut self) {
        let [meter, ..] = &self.meters;
        let evaluation = self.history.evaluations.last().filter(|last| last.step == self.at.step);
        let summary = EpochSummary {
            epoch: self.at.epoch,
            train_loss: meter.loss(),
            examples_per_second: meter.examples_per_second(),
            seconds: meter.time.as_secs_f64(),
            valid: evaluation.map(|evaluation| evaluation.metrics.clone()),
            is_best: evaluation.is_some_and(|evaluation| evaluation.is_best),
        };
        self.tell(&Event::Epoch(&summary));
        self.history.epochs.push(summary);
    }

    /// Puts the best weights back, and makes sure that they are good.
    fn finish(&mut self) -> Result<()> {
        self.close()?;
        match self.task.store().first_non_finite()? {
            Some(param) => Err(Error::NonFiniteWeights { name: param.name().into() }),
            None => Ok(()),
        }
    }

    /// Puts the best weights back, if any were evaluated, and completes the history.
    fn close(&mut self) -> Result<()> {
        let Moment { epoch, step } = self.best.at().unwrap_or(self.at);
        self.history.n_steps = self.at.step;
        self.history.examples_per_second = self.meters[2].examples_per_second();
        (self.history.best_epoch, self.history.best_step) = (epoch, step);
        self.history.stopped_early = self.at.step < self.n_steps;
        self.best.restore()
    }

    fn fail(mut self, error: Error) -> Failure {
        let closed = self.close();
        let is_good = closed.is_ok() && matches!(self.task.store().first_non_finite(), Ok(None));
        let kept = match self.best.at() {
            _ if !is_good => Kept::Nothing,
            Some(Moment { epoch, step }) => Kept::Best { epoch, step },
            None => Kept::Last { step: self.at.step },
        };
        Failure { error: Box::new(error), kept, history: Box::new(self.history) }
    }
}
