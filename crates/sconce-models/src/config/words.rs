//! The `config.json` of a classifier over word vectors, with Hugging Face's field names where it has
//! one.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{ProblemType, labels};
use crate::bag_of_embeddings::BagConfig;
use crate::text_cnn::TextCnnConfig;

/// Everything that decides the shape of a classifier over word vectors and what its outputs mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordModelConfig {
    /// The encoder: `model_type` and its own settings.
    #[serde(flatten)]
    pub encoder: EncoderConfig,
    /// Class names as Hugging Face writes them, such as `TextCnnForSequenceClassification`.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Number of token ids.
    pub vocab_size: usize,
    /// Size of a word vector.
    pub embedding_size: usize,
    /// Dropout between encoder and classifier while training.
    #[serde(default)]
    pub classifier_dropout: f64,
    /// What the labels of an example may be.
    pub problem_type: ProblemType,
    /// Name of each label by its id, written as a string.
    pub id2label: IndexMap<String, String>,
    /// Id of each label by its name.
    pub label2id: IndexMap<String, u32>,
    /// Element type of the weights.
    #[serde(default = "float32")]
    pub torch_dtype: String,
}

/// The encoder of a model, by `model_type`. A new family is a new variant here, a file of its own,
/// and a line in [`AnyModel::from_config`](crate::AnyModel::from_config).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename_all = "lowercase")]
pub enum EncoderConfig {
    /// [`TextCnn`](crate::TextCnn).
    TextCnn(TextCnnConfig),
    /// [`BagOfEmbeddings`](crate::BagOfEmbeddings).
    Bag(BagConfig),
}

impl From<TextCnnConfig> for EncoderConfig {
    fn from(config: TextCnnConfig) -> Self {
        Self::TextCnn(config)
    }
}

impl From<BagConfig> for EncoderConfig {
    fn from(config: BagConfig) -> Self {
        Self::Bag(config)
    }
}

impl EncoderConfig {
    /// Every `model_type` there is.
    pub const MODEL_TYPES: [&'static str; 2] = ["textcnn", "bag"];

    /// The encoder's `model_type`.
    pub fn model_type(&self) -> &'static str {
        match self {
            Self::TextCnn(_) => "textcnn",
            Self::Bag(_) => "bag",
        }
    }

    fn class_name(&self) -> &'static str {
        match self {
            Self::TextCnn(_) => "TextCnn",
            Self::Bag(_) => "BagOfEmbeddings",
        }
    }
}

impl WordModelConfig {
    /// A classifier with one of `labels` for each sentence.
    pub fn classifier(
        encoder: impl Into<EncoderConfig>,
        vocab_size: usize,
        embedding_size: usize,
        labels: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let encoder: EncoderConfig = encoder.into();
        let labels: Vec<String> = labels.into_iter().map(Into::into).collect();
        Self {
            architectures: vec![format!("{}ForSequenceClassification", encoder.class_name())],
            encoder,
            vocab_size,
            embedding_size,
            classifier_dropout: 0.,
            problem_type: ProblemType::SingleLabelClassification,
            label2id: labels.iter().cloned().zip(0..).collect(),
            id2label: labels.into_iter().enumerate().map(|(i, l)| (i.to_string(), l)).collect(),
            torch_dtype: float32(),
        }
    }

    /// Label names in the order of their ids.
    ///
    /// # Errors
    /// If the ids are not `0..n_labels`, or `label2id` says otherwise; the message says where.
    pub fn labels(&self) -> Result<Vec<String>, String> {
        labels::in_order(&self.id2label, &self.label2id)
    }
}

fn float32() -> String {
    "float32".into()
}
