//! How the network is trained.

use std::str::FromStr;

use clap::Args;
use sconce_training::{LrSchedule, OptimizerKind, TrainerConfig, Warmup};
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

/// How the network is trained.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Training")]
#[serde(rename_all = "kebab-case")]
pub struct OptimizationOptions {
    /// Passes over the training set
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one::<u64>)]
    pub epochs: u64,
    /// Examples a step
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: u32,
    /// Peak learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1e-3, value_parser = positive)]
    pub lr: f64,
    /// Optimizer; weight decay is decoupled in adamw
    #[arg(long, value_name = "NAME", default_value = "adamw", value_parser = named::<OptimizerKind>(&["sgd", "adam", "adamw", "adagrad", "rmsprop", "adafactor", "lion", "lamb"]))]
    pub optimizer: OptimizerKind,
    /// Course of the learning rate after the warmup; with options as in polynomial:power=2,end=0.1
    #[arg(long, value_name = "NAME", default_value = "constant", value_parser = Schedule)]
    pub schedule: LrSchedule,
    /// Steps (100) or share of all steps (0.1) over which the learning rate rises
    #[arg(long, value_name = "N|SHARE", default_value = "0.02", value_parser = warmup)]
    pub warmup: Warmup,
    /// Weight decay
    #[arg(long, value_name = "DECAY", default_value_t = 0., value_parser = not_negative)]
    pub weight_decay: f64,
    /// Largest norm of the gradients; 0: no limit
    #[arg(long, value_name = "NORM", default_value_t = 5., value_parser = not_negative)]
    pub clip: f64,
    /// Label smoothing
    #[arg(long, value_name = "SHARE", default_value_t = 0., value_parser = share)]
    pub label_smoothing: f64,
    /// Weights of the labels in the loss: `balanced`, or one for each label in sorted order
    #[arg(long, value_name = "balanced|W,W,..")]
    pub class_weights: Option<ClassWeights>,
    /// Stop after so many epochs without a better validation [default: never]
    #[arg(long, value_name = "EPOCHS", value_parser = at_least_one::<u64>)]
    pub patience: Option<u64>,
    /// What the best epoch is best by, on the validation set
    #[arg(long, value_name = "NAME", default_value = "accuracy", value_parser = ["accuracy", "macro_f1", "loss"])]
    pub metric: String,
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
    /// The settings of the trainer.
    pub fn trainer_config(&self, seed: u64) -> TrainerConfig {
        TrainerConfig {
            epochs: self.epochs as f64,
            learning_rate: self.lr,
            schedule: self.schedule,
            warmup: self.warmup,
            optimizer: self.optimizer,
            weight_decay: self.weight_decay,
            clip: (self.clip > 0.).then_some(self.clip),
            seed,
            metric: Some(self.metric.clone()),
            patience: self.patience,
            ..TrainerConfig::default()
        }
    }
}
