//! What the single score of a pair of texts goes through: a cross-encoder's setting.

use std::fs;

use sconce_models::{ModelConfig, ProblemType};
use serde_json::{Map, Value};

use crate::bundle::Bundle;
use crate::error::{Error, Result};

/// The settings of sentence-transformers.
const SENTENCE_FILE: &str = "config_sentence_transformers.json";
/// The key that they have in it.
const KEY: &str = "activation_fn";
/// The key that older versions wrote into `config.json`.
const OLD_KEY: &str = "sbert_ce_default_activation_function";

/// The function after the output of a model of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScoreFunction {
    /// None.
    Identity,
    /// To a number from 0 to 1.
    Sigmoid,
    /// One that is not known here.
    Unknown(String),
}

impl ScoreFunction {
    /// The function of a bundle's model. None if the config calls the problem a regression; else what
    /// sentence-transformers wrote down; else, as with transformers, the sigmoid of a single number.
    pub(super) fn of(bundle: &Bundle) -> Self {
        let ModelConfig::Pretrained(config) = bundle.model.config() else { return Self::Identity };
        let is_single = config.labels().is_ok_and(|labels| labels.len() == 1);
        let is_declared = config.text("problem_type").is_some();
        if config.problem_type() != Ok(ProblemType::Regression) || is_declared || !is_single {
            return Self::Identity;
        }
        let own = |key: &str| config.json().get("sentence_transformers")?.get(key)?.as_str();
        let name = own(KEY).or_else(|| config.text(OLD_KEY)).map(str::to_owned);
        let beside = || {
            let json = fs::read(bundle.folder.join(SENTENCE_FILE)).ok()?;
            let settings: Map<String, Value> = serde_json::from_slice(&json).ok()?;
            settings.get(KEY).and_then(Value::as_str).map(str::to_owned)
        };
        match name.or_else(beside) {
            None => Self::Sigmoid,
            Some(name) => match name.rsplit('.').next().unwrap_or_default() {
                "Sigmoid" => Self::Sigmoid,
                "Identity" => Self::Identity,
                _ => Self::Unknown(name),
            },
        }
    }

    /// The score of an output.
    ///
    /// # Errors
    /// If the function is not known.
    pub(super) fn apply(&self, output: f32) -> Result<f32> {
        match self {
            Self::Identity => Ok(output),
            // tanh neither overflows nor loses digits.
            Self::Sigmoid => Ok(0.5 + 0.5 * (0.5 * output).tanh()),
            Self::Unknown(name) => Err(Error::ScoreFunction { name: name.clone() }),
        }
    }
}
