//! The settings of a trainer.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::optimizer::OptimizerKind;
use crate::param_policy::ParamPolicy;
use crate::schedule::{LrSchedule, Warmup};

/// Settings of a [`Trainer`](crate::Trainer).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainerConfig {
    /// Passes over the training set; the last one may be a part.
    pub epochs: f64,
    /// Optimizer steps; replaces the epochs.
    pub max_steps: Option<u64>,
    /// Batches a step: the gradient is that of one batch of all their targets.
    pub accumulate: usize,
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
    /// Decay rates of the moments, of optimizers that have two; without, their defaults.
    pub betas: Option<(f64, f64)>,
    /// What is added to the denominator, of optimizers that have one; without, their defaults.
    pub epsilon: Option<f64>,
    /// How much of the last step's direction stays (SGD and RMSprop); without, nothing.
    pub momentum: Option<f64>,
    /// Which parameters are trained, and with which factors.
    pub policy: ParamPolicy,
    /// Largest norm of all gradients together.
    pub clip: Option<f64>,
    /// Seed of every dropout mask.
    pub seed: u64,
    /// Steps from one evaluation to the next; without, each epoch ends with one. The last step is
    /// always evaluated.
    pub evaluate_every: Option<u64>,
    /// Steps from one [`Event::Log`](crate::Event::Log) to the next; none without.
    pub log_every: Option<u64>,
    /// The metric of the evaluation that decides which weights are best; the task's own without.
    pub metric: Option<String>,
    /// Evaluations that are not better than the best one, after which training stops.
    pub patience: Option<u64>,
}

impl Default for TrainerConfig {
    fn default() -> Self {
        Self {
            epochs: 10.,
            max_steps: None,
            accumulate: 1,
            learning_rate: 1e-3,
            schedule: LrSchedule::Constant,
            warmup: Warmup::Steps(0),
            optimizer: OptimizerKind::AdamW,
            weight_decay: 0.,
            betas: None,
            epsilon: None,
            momentum: None,
            policy: ParamPolicy::default(),
            clip: None,
            seed: 42,
            evaluate_every: None,
            log_every: None,
            metric: None,
            patience: None,
        }
    }
}

impl TrainerConfig {
    /// Optimizer steps of a run over so many steps an epoch.
    pub fn n_steps(&self, steps_per_epoch: u64) -> u64 {
        // The last binary digits of a fraction do not add a step.
        let of_epochs = || (self.epochs * steps_per_epoch as f64 - 1e-9).ceil().max(0.) as u64;
        self.max_steps.unwrap_or_else(of_epochs)
    }

    /// Refuses settings with which no run makes sense. Those of the optimizer and of the policy are
    /// looked at where these are made.
    pub(crate) fn validate(&self) -> Result<()> {
        let refuse = |name, value, expected| Err(Error::Setting { name, value, expected });
        let (epochs, positive) = (self.epochs, "a number above 0");
        if !(epochs.is_finite() && epochs > 0.) && self.max_steps.is_none() {
            return refuse("the number of epochs", epochs, positive);
        }
        if let Some(clip) = self.clip.filter(|clip| clip.is_nan() || *clip <= 0.) {
            return refuse("the largest norm of the gradients", clip, positive);
        }
        if let Warmup::Ratio(ratio) = self.warmup
            && !(0. ..=1.).contains(&ratio)
        {
            return refuse("the share of steps that warm up", ratio, "from 0 to 1");
        }
        let counts = [
            ("the number of steps", self.max_steps),
            ("the number of batches a step", Some(self.accumulate as u64)),
            ("the number of steps between evaluations", self.evaluate_every),
            ("the number of steps between logs", self.log_every),
        ];
        match counts.into_iter().find(|(_, count)| *count == Some(0)) {
            Some((name, _)) => refuse(name, 0., "at least 1"),
            None => Ok(()),
        }
    }
}
