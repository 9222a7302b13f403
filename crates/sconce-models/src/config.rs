//! A model's `config.json`: what decides its shape and what its outputs mean.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

mod head;
mod labels;
mod pretrained;
mod words;

pub use self::head::Head;
pub use self::pretrained::PretrainedConfig;
pub use self::words::{EncoderConfig, WordModelConfig};
use crate::families::Blueprint;

/// The config of any model, by its `model_type`.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelConfig {
    /// A classifier over word vectors.
    Words(Box<WordModelConfig>),
    /// A transformer of one of Hugging Face's families.
    Pretrained(Box<PretrainedConfig>),
}

/// What the labels of an example may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemType {
    /// Exactly one label.
    SingleLabelClassification,
    /// Any number of labels, each by itself.
    MultiLabelClassification,
    /// A number for each label.
    Regression,
}

impl ModelConfig {
    /// Every `model_type` that a config may have.
    pub fn model_types() -> impl Iterator<Item = &'static str> {
        EncoderConfig::MODEL_TYPES.into_iter().chain(Blueprint::model_types())
    }

    /// A classifier over word vectors with one of `labels` for each sentence.
    pub fn classifier(
        encoder: impl Into<EncoderConfig>,
        vocab_size: usize,
        embedding_size: usize,
        labels: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        WordModelConfig::classifier(encoder, vocab_size, embedding_size, labels).into()
    }

    /// The family.
    pub fn model_type(&self) -> &str {
        match self {
            Self::Words(config) => config.encoder.model_type(),
            Self::Pretrained(config) => config.model_type(),
        }
    }

    /// Number of token ids.
    pub fn vocab_size(&self) -> usize {
        match self {
            Self::Words(config) => config.vocab_size,
            Self::Pretrained(config) => config.blueprint().transformer.vocab_size,
        }
    }

    /// Tokens that a text may have, if that is limited.
    pub fn max_positions(&self) -> Option<usize> {
        match self {
            Self::Words(_) => None,
            Self::Pretrained(config) => Some(config.blueprint().transformer.positions.max()),
        }
    }

    /// Label names in the order of their ids.
    ///
    /// # Errors
    /// If the ids are not `0..n_labels`, or `label2id` says otherwise; the message says where.
    pub fn labels(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Words(config) => config.labels(),
            Self::Pretrained(config) => config.labels(),
        }
    }

    /// The content of `config.json`.
    ///
    /// # Errors
    /// If the content is not a config of a model that is known here.
    pub fn from_json(config: Map<String, Value>) -> Result<Self, String> {
        let model_type = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        if EncoderConfig::MODEL_TYPES.contains(&model_type) {
            let words = serde_json::from_value::<WordModelConfig>(Value::Object(config));
            return words.map(Self::from).map_err(|error| error.to_string());
        }
        if Blueprint::model_types().any(|known| known == model_type) {
            return PretrainedConfig::from_json(config).map(Self::from);
        }
        let known: Vec<&str> = Self::model_types().collect();
        let known = known.join(", ");
        Err(match config.get("model_type") {
            Some(model_type) => {
                format!("model_type {model_type} is none of those known here: {known}")
            }
            None => format!("it has no model_type; known are {known}"),
        })
    }
}

impl From<WordModelConfig> for ModelConfig {
    fn from(config: WordModelConfig) -> Self {
        Self::Words(Box::new(config))
    }
}

impl From<PretrainedConfig> for ModelConfig {
    fn from(config: PretrainedConfig) -> Self {
        Self::Pretrained(Box::new(config))
    }
}

impl Serialize for ModelConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Words(config) => config.serialize(serializer),
            Self::Pretrained(config) => config.json().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ModelConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(Map::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
