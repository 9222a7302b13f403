//! Optimizers by name, with the settings that a user may give.

use std::str::FromStr;

use sconce_ops::{
    Adafactor, Adagrad, AdamW, Decay, Lamb, Lion, Optimizer, ParamGroups, RmsProp, Sgd,
};
use sconce_text_pipeline::nearest;
use serde::{Deserialize, Serialize};

use crate::config::TrainerConfig;
use crate::error::{Error, Result};

/// Which optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Gradient descent, with momentum if there is any.
    Sgd,
    /// Adam with decay in the gradient.
    Adam,
    /// Adam with decoupled decay.
    #[default]
    AdamW,
    /// Adagrad.
    Adagrad,
    /// RMSprop.
    RmsProp,
    /// Adafactor, in PyTorch's variant.
    Adafactor,
    /// Lion.
    Lion,
    /// LAMB.
    Lamb,
}

impl OptimizerKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Sgd,
        Self::Adam,
        Self::AdamW,
        Self::Adagrad,
        Self::RmsProp,
        Self::Adafactor,
        Self::Lion,
        Self::Lamb,
    ];

    /// The name that it is read from.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Adam => "adam",
            Self::AdamW => "adamw",
            Self::Adagrad => "adagrad",
            Self::RmsProp => "rmsprop",
            Self::Adafactor => "adafactor",
            Self::Lion => "lion",
            Self::Lamb => "lamb",
        }
    }

    /// Whether there are decay rates of two moments.
    fn has_betas(self) -> bool {
        matches!(self, Self::Adam | Self::AdamW | Self::Lion | Self::Lamb)
    }

    /// Whether something is added to a denominator.
    fn has_epsilon(self) -> bool {
        !matches!(self, Self::Sgd | Self::Lion | Self::Adafactor)
    }

    fn has_momentum(self) -> bool {
        matches!(self, Self::Sgd | Self::RmsProp)
    }
}

impl FromStr for OptimizerKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let hint = nearest(text, names).map(|name| format!("; did you mean \"{name}\"?"));
            let (name, known) = (text.into(), names.join(", "));
            Error::UnknownOptimizer { name, hint: hint.unwrap_or_default(), known }
        })
    }
}

/// The optimizer of these settings, for parameters in these groups.
///
/// # Errors
/// If a setting is out of its range, or this optimizer does not have it.
pub(crate) fn optimizer(
    config: &TrainerConfig,
    groups: ParamGroups,
) -> Result<Box<dyn Optimizer + Send>> {
    validate(config)?;
    let weight_decay = config.weight_decay;
    let epsilon = |default: f64| config.epsilon.unwrap_or(default);
    let betas = |default: (f64, f64)| config.betas.unwrap_or(default);
    let momentum = config.momentum.unwrap_or_default();
    Ok(match config.optimizer {
        OptimizerKind::Sgd => {
            Box::new(Sgd { weight_decay, groups, ..Sgd::with_momentum(momentum) })
        }
        kind @ (OptimizerKind::Adam | OptimizerKind::AdamW) => {
            let is_adam = kind == OptimizerKind::Adam;
            let decay = if is_adam { Decay::Gradient } else { Decay::Decoupled };
            let adam = AdamW::with_decay(weight_decay, decay);
            let (betas, epsilon) = (betas(adam.betas), epsilon(adam.epsilon));
            Box::new(AdamW { betas, epsilon, groups, ..adam })
        }
        OptimizerKind::Adagrad => {
            let adagrad = Adagrad::default();
            let epsilon = epsilon(adagrad.epsilon);
            Box::new(Adagrad { weight_decay, epsilon, groups, ..adagrad })
        }
        OptimizerKind::RmsProp => {
            let rms_prop = RmsProp::default();
            let epsilon = epsilon(rms_prop.epsilon);
            Box::new(RmsProp { weight_decay, epsilon, momentum, groups, ..rms_prop })
        }
        OptimizerKind::Adafactor => {
            Box::new(Adafactor { weight_decay, groups, ..Adafactor::default() })
        }
        OptimizerKind::Lion => {
            let lion = Lion::default();
            let betas = betas(lion.betas);
            Box::new(Lion { weight_decay, betas, groups, ..lion })
        }
        OptimizerKind::Lamb => {
            let lamb = Lamb::default();
            let (betas, epsilon) = (betas(lamb.betas), epsilon(lamb.epsilon));
            Box::new(Lamb { weight_decay, betas, epsilon, groups, ..lamb })
        }
    })
}

fn validate(config: &TrainerConfig) -> Result<()> {
    let kind = config.optimizer;
    let absent =
        |setting: &'static str| Err(Error::AbsentSetting { optimizer: kind.name(), setting });
    if config.betas.is_some() && !kind.has_betas() {
        return absent("betas");
    }
    if config.epsilon.is_some() && !kind.has_epsilon() {
        return absent("epsilon");
    }
    if config.momentum.is_some() && !kind.has_momentum() {
        return absent("momentum");
    }
    let below_one = |value: f64| (0. ..1.).contains(&value);
    let betas = config.betas.map(|(first, second)| [("beta 1", first), ("beta 2", second)]);
    let rates = betas.into_iter().flatten().chain(config.momentum.map(|m| ("the momentum", m)));
    for (name, value) in rates {
        if !below_one(value) {
            return Err(Error::Setting { name, value, expected: "at least 0 and below 1" });
        }
    }
    let numbers = [
        ("the weight decay", Some(config.weight_decay)),
        ("epsilon", config.epsilon),
        ("the learning rate", Some(config.learning_rate)),
    ];
    for (name, value) in numbers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        if !(value.is_finite() && value >= 0.) {
            return Err(Error::Setting { name, value, expected: "a number of at least 0" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
