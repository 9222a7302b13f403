//! How the network is trained.

use std::str::FromStr;

use clap::Args;
use sconce_training::{LrSchedule, OptimizerKind, ParamPolicy, TrainerConfig, Warmup};
use serde::{Serialize, Serializer};

use super::values::{Schedule, at_least_one, named, not_negative, positive, share};

/// Weights of the classes in the loss.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeights {
    /// Rare classes weigh more: each class weighs the same in all.
    Balanced,
    /// One for each label, in the order of the labels.
    Given(Vec<f32>),
}

impl FromStr for ClassWeights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "balanced" {
            return Ok(Self::Balanced);
        }
        let weight = |text: &str| match text.trim().parse::<f32>() {
            Ok(weight) if weight.is_finite() && weight >= 0. => Ok(weight),
            _ => Err("it must be `balanced`, or a number of at least 0 for each label".to_owned()),
        };
        text.split(',').map(weight).collect::<Result<_, _>>().map(Self::Given)
    }
}

impl Serialize for ClassWeights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Balanced => serializer.serialize_str("balanced"),
            Self::Given(weights) => weights.serialize(serializer),
        }
    }
}

/// How the network is trained. What is left open is filled in by [`fill`](Self::fill): a fresh network
/// and a pretrained one want different settings.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Training (in brackets: a fresh network; with --from)")]
#[serde(rename_all = "kebab-case")]
pub struct OptimizationOptions {
    /// Passes over the training set, also in part [default: 10; 3]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub epochs: Option<f64>,
    /// Optimizer steps in place of --epochs
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub max_steps: Option<u64>,
    /// Examples a step [default: 50; 32, 16 for qa]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: Option<u32>,
    /// Batches a step, whose gradients are averaged as if they were one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub accumulate: u32,
    /// Put texts of like length into one batch
    #[arg(long)]
    pub group_by_length: bool,
    /// Peak learning rate [default: 1e-3; 5e-5, 2e-4 with --lora-rank]
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub lr: Option<f64>,
    /// Peak learning rate of the head, where it is another one
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub head_lr: Option<f64>,
    /// Factor of the learning rate from each layer to the one below it
    #[arg(long, value_name = "FACTOR", value_parser = positive)]
    pub layer_decay: Option<f64>,
    /// Optimizer; weight decay is decoupled in adamw
    #[arg(long, value_name = "NAME", default_value = "adamw", value_parser = named::<OptimizerKind>(&["sgd", "adam", "adamw", "adagrad", "rmsprop", "adafactor", "lion", "lamb"]))]
    pub optimizer: OptimizerKind,
    /// Decay rates of the optimizer's two moments, such as 0.9,0.99 [default: the optimizer's]
    #[arg(long, value_name = "B1,B2", value_parser = betas)]
    pub betas: Option<Betas>,
    /// Course of the learning rate after the warmup; with options as in polynomial:power=2,end=0.1
    /// [default: constant; linear]
    #[arg(long, value_name = "NAME", value_parser = Schedule)]
    pub schedule: Option<LrSchedule>,
    /// Steps (100) or share of all steps (0.1) over which the learning rate rises [default: 0.02; 0.1]
    #[arg(long, value_name = "N|SHARE", value_parser = warmup)]
    pub warmup: Option<Warmup>,
    /// Weight decay [default: 0; 0.01]
    #[arg(long, value_name = "DECAY", value_parser = not_negative)]
    pub weight_decay: Option<f64>,
    /// Largest norm of the gradients; 0: no limit [default: 5; 1]
    #[arg(long, value_name = "NORM", value_parser = not_negative)]
    pub clip: Option<f64>,
    /// Label smoothing
    #[arg(long, value_name = "SHARE", default_value_t = 0., value_parser = share)]
    pub label_smoothing: f64,
    /// Weights of the labels in the loss: `balanced`, or one for each label in sorted order
    #[arg(long, value_name = "balanced|W,W,..")]
    pub class_weights: Option<ClassWeights>,
    /// Evaluate every so many steps [default: at the end of each epoch]
    #[arg(long, value_name = "STEPS", value_parser = at_least_one::<u64>)]
    pub eval_every: Option<u64>,
    /// Stop after so many evaluations without a better one [default: never]
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub patience: Option<u64>,
    /// What the best weights are best by, on the validation set [default: the task's own metric]
    #[arg(long, value_name = "NAME", value_parser = METRICS)]
    pub metric: Option<String>,
}

/// What the tasks measure.
const METRICS: [&str; 14] = [
    "accuracy",
    "macro_f1",
    "micro_f1",
    "subset_accuracy",
    "f1",
    "precision",
    "recall",
    "spearman",
    "pearson",
    "mse",
    "exact_match",
    "perplexity",
    "mrr",
    "loss",
];

/// Settings that depend on what is trained.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// Passes over the training set.
    pub epochs: f64,
    /// Examples a step.
    pub batch_size: u32,
    /// Peak learning rate.
    pub lr: f64,
    /// Course of the learning rate.
    pub schedule: LrSchedule,
    /// How it begins.
    pub warmup: Warmup,
    /// Weight decay.
    pub weight_decay: f64,
    /// Largest norm of the gradients.
    pub clip: f64,
}

impl Defaults {
    /// Of a network whose weights are drawn.
    pub const FRESH: Self = Self {
        epochs: 10.,
        batch_size: 50,
        lr: 1e-3,
        schedule: LrSchedule::Constant,
        warmup: Warmup::Ratio(0.02),
        weight_decay: 0.,
        clip: 5.,
    };
    /// Of a pretrained network (Devlin et al., 2019, arXiv:1810.04805, appendix A.3).
    pub const PRETRAINED: Self = Self {
        epochs: 3.,
        batch_size: 32,
        lr: 5e-5,
        schedule: LrSchedule::Linear,
        warmup: Warmup::Ratio(0.1),
        weight_decay: 0.01,
        clip: 1.,
    };
}

/// Decay rates of an optimizer's two moments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Betas(f64, f64);

fn betas(text: &str) -> Result<Betas, String> {
    let both = text.split_once(',').ok_or("it must be two numbers, such as 0.9,0.99")?;
    Ok(Betas(share(both.0.trim())?, share(both.1.trim())?))
}

fn warmup(text: &str) -> Result<Warmup, String> {
    if let Ok(steps) = text.parse() {
        return Ok(Warmup::Steps(steps));
    }
    match text.parse() {
        Ok(ratio) if (0. ..=1.).contains(&ratio) => Ok(Warmup::Ratio(ratio)),
        _ => Err("it must be a whole number of steps, or a share of them such as 0.1".into()),
    }
}

impl OptimizationOptions {
    /// Fills in what was left open.
    pub fn fill(&mut self, defaults: &Defaults) {
        self.epochs.get_or_insert(defaults.epochs);
        self.batch_size.get_or_insert(defaults.batch_size);
        self.lr.get_or_insert(defaults.lr);
        self.schedule.get_or_insert(defaults.schedule);
        self.warmup.get_or_insert(defaults.warmup);
        self.weight_decay.get_or_insert(defaults.weight_decay);
        self.clip.get_or_insert(defaults.clip);
    }

    /// Examples a step, after [`fill`](Self::fill).
    pub fn batch_size(&self) -> usize {
        self.batch_size.unwrap_or(Defaults::FRESH.batch_size) as usize
    }

    /// The settings of the trainer, after [`fill`](Self::fill).
    pub fn trainer_config(&self, seed: u64, policy: ParamPolicy) -> TrainerConfig {
        let lr = self.lr.unwrap_or(Defaults::FRESH.lr);
        let policy = ParamPolicy {
            layer_decay: self.layer_decay.unwrap_or(1.),
            head_lr_scale: self.head_lr.map_or(1., |head| head / lr),
            ..policy
        };
        let default = TrainerConfig::default();
        TrainerConfig {
            epochs: self.epochs.unwrap_or(default.epochs),
            max_steps: self.max_steps,
            accumulate: self.accumulate as usize,
            learning_rate: lr,
            schedule: self.schedule.unwrap_or(default.schedule),
            warmup: self.warmup.unwrap_or(default.warmup),
            optimizer: self.optimizer,
            weight_decay: self.weight_decay.unwrap_or(default.weight_decay),
            betas: self.betas.map(|Betas(first, second)| (first, second)),
            policy,
            clip: self.clip.filter(|clip| *clip > 0.),
            seed,
            evaluate_every: self.eval_every,
            metric: self.metric.clone(),
            patience: self.patience,
            ..default
        }
    }
}
