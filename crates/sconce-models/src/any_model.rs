//! The one place that turns a config into a model.

use sconce_ops::Params;

use crate::config::ModelConfig;
use crate::error::Result;
use crate::sequence_classifier::SequenceClassifier;

/// A model of any kind.
#[derive(Debug, Clone)]
pub enum AnyModel {
    /// One label for each sentence.
    SequenceClassifier(SequenceClassifier),
}

impl AnyModel {
    /// Builds the model that `config` describes on `params`: on a fresh store its weights are
    /// drawn from the store's seed, on an opened one they are taken from the file.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn from_config(config: &ModelConfig, params: &Params) -> Result<Self> {
        // The head follows from `problem_type`; there is one so far.
        SequenceClassifier::new(config, params).map(Self::SequenceClassifier)
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &ModelConfig {
        match self {
            Self::SequenceClassifier(model) => model.config(),
        }
    }
}
