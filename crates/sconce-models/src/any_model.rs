//! The one place that turns a config into a model.

use sconce_ops::Params;

use crate::causal_language_model::CausalLanguageModel;
use crate::config::{Head, ModelConfig};
use crate::error::{Error, Result};
use crate::lora::Adapters;
use crate::masked_lm::MaskedLm;
use crate::question_answerer::QuestionAnswerer;
use crate::sentence_encoder::SentenceEncoder;
use crate::sequence_classifier::SequenceClassifier;
use crate::token_classifier::TokenClassifier;

/// A model of any kind.
#[derive(Debug, Clone)]
pub enum AnyModel {
    /// Labels or numbers for each sentence.
    SequenceClassifier(SequenceClassifier),
    /// A label for each token.
    TokenClassifier(TokenClassifier),
    /// Answers that are spans of a text.
    QuestionAnswerer(QuestionAnswerer),
    /// What stands behind a mask.
    MaskedLm(MaskedLm),
    /// The next token.
    CausalLm(CausalLanguageModel),
    /// One vector for each sentence.
    SentenceEncoder(SentenceEncoder),
}

impl AnyModel {
    /// Builds the model that `config` describes on `params`: on a fresh store its weights are
    /// drawn from the store's seed, on an opened one they are taken from the file.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn from_config(config: &ModelConfig, params: &Params) -> Result<Self> {
        let pretrained = match config {
            ModelConfig::Words(_) => {
                return SequenceClassifier::new(config, params).map(Self::SequenceClassifier);
            }
            ModelConfig::Pretrained(config) => config,
        };
        match pretrained.head() {
            Head::SequenceClassification => {
                SequenceClassifier::new(config, params).map(Self::SequenceClassifier)
            }
            Head::TokenClassification => {
                TokenClassifier::new(pretrained, params).map(Self::TokenClassifier)
            }
            Head::QuestionAnswering => {
                QuestionAnswerer::new(pretrained, params).map(Self::QuestionAnswerer)
            }
            Head::MaskedLm => MaskedLm::new(pretrained, params).map(Self::MaskedLm),
            Head::CausalLm => CausalLanguageModel::new(pretrained, params).map(Self::CausalLm),
            Head::None => SentenceEncoder::new(pretrained, params).map(Self::SentenceEncoder),
        }
    }

    /// The config that the model was built from.
    pub fn config(&self) -> ModelConfig {
        match self {
            Self::SequenceClassifier(model) => model.config().clone(),
            Self::TokenClassifier(model) => model.config().clone().into(),
            Self::QuestionAnswerer(model) => model.config().clone().into(),
            Self::MaskedLm(model) => model.config().clone().into(),
            Self::CausalLm(model) => model.config().clone().into(),
            Self::SentenceEncoder(model) => model.config().clone().into(),
        }
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        match self {
            Self::SequenceClassifier(model) => model.adapters(),
            Self::TokenClassifier(model) => model.adapters(),
            Self::QuestionAnswerer(model) => model.adapters(),
            Self::MaskedLm(model) => model.adapters(),
            Self::CausalLm(model) => model.adapters(),
            Self::SentenceEncoder(model) => model.adapters(),
        }
    }
}

/// The model as one of its kinds, or an error that says what it is.
macro_rules! kinds {
    ($($method:ident $variant:ident($model:ty) $kind:literal;)*) => {
        impl AnyModel {
            $(
                #[doc = concat!("The model as ", $kind, ".")]
                ///
                /// # Errors
                /// If it is another kind of model.
                pub fn $method(&self) -> Result<&$model> {
                    match self {
                        Self::$variant(model) => Ok(model),
                        other => Err(Error::WrongKind { found: other.kind(), wanted: $kind }),
                    }
                }
            )*

            /// What the model is, for people.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                }
            }
        }
    };
}

kinds! {
    sequence_classifier SequenceClassifier(SequenceClassifier) "a sequence classifier";
    token_classifier TokenClassifier(TokenClassifier) "a token classifier";
    question_answerer QuestionAnswerer(QuestionAnswerer) "a question answerer";
    masked_lm MaskedLm(MaskedLm) "a masked language model";
    causal_lm CausalLm(CausalLanguageModel) "a causal language model";
    sentence_encoder SentenceEncoder(SentenceEncoder) "a sentence encoder";
}
