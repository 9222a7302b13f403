//! Networks for text on candle: encoders, heads, one registry that builds a model from its
//! config, and the folder that a model is kept in.
//!
//! A model is built by [`AnyModel::from_config`] on a [`ParamStore`](sconce_ops::ParamStore),
//! which is fresh or opened on a file of weights: the constructor is the same. Encoders of a whole
//! sentence implement [`Seq2VecEncoder`]; [`SequenceClassifier`] puts word vectors below one and
//! labels above it. [`checkpoint`] is the only reader and writer of the model folder.
//! [`Generator`] continues texts with a [`CausalLm`], and [`score()`] reads them with one.
//!
//! This crate knows nothing of training: no optimizer, no loss, no metric.
//!
//! ```
//! use candle_core::Device;
//! use sconce_models::{ModelConfig, SequenceClassifier, TextCnnConfig, Tokens};
//! use sconce_ops::{Mode, Offsets, ParamStore};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = ModelConfig::classifier(TextCnnConfig::default(), 1000, 50, ["bad", "good"]);
//! let store = ParamStore::new(&Device::Cpu, 42);
//! let model = SequenceClassifier::new(&config, &store.root())?;
//! // Two sentences, of three words and of one, packed one after the other.
//! let offsets = Offsets::new(vec![0, 3, 4])?;
//! let logits = model.forward(&Tokens::new(&[7, 1, 42, 5], &offsets), Mode::Eval)?;
//! assert_eq!(logits.dims(), [2, 2]);
//! let scores = model.decode(&logits)?;
//! assert!((scores[0].iter().map(|label| label.score).sum::<f32>() - 1.).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```

mod any_model;
mod backbone;
mod bag_of_embeddings;
mod causal_language_model;
mod causal_lm;
pub mod checkpoint;
mod config;
mod error;
mod families;
mod generation;
mod lora;
mod masked_lm;
mod question_answerer;
mod sentence_encoder;
mod sentence_modules;
mod seq2vec;
mod sequence_classifier;
mod text_cnn;
mod token_classifier;
mod tokens;
mod transformer;
mod word_classifier;

pub use crate::any_model::AnyModel;
pub use crate::bag_of_embeddings::{BagConfig, BagOfEmbeddings};
pub use crate::causal_language_model::CausalLanguageModel;
pub use crate::causal_lm::{CausalLm, LayerCaches};
pub use crate::config::{
    EncoderConfig, Head, ModelConfig, PretrainedConfig, ProblemType, WordModelConfig,
};
pub use crate::error::{Error, Result};
pub use crate::families::{Blueprint, DensePlan, Heads, MaskedLmPlan, SequencePlan};
pub use crate::generation::{
    DecodeText, EarlyStopping, FinishReason, GENERATION_CONFIG_FILE, Generated, GenerationConfig,
    Generator, StreamItem, TextError, TextScore, ToScore, TokenLogProb, TokenText, perplexity,
    score,
};
pub use crate::lora::{Adapters, LoraConfig, TargetModules};
pub use crate::masked_lm::MaskedLm;
pub use crate::question_answerer::{AnswerSpan, Answers, QuestionAnswerer};
pub use crate::sentence_encoder::SentenceEncoder;
pub use crate::sentence_modules::{DenseModule, PoolingMode, SentenceModules};
pub use crate::seq2vec::Seq2VecEncoder;
pub use crate::sequence_classifier::{LabelScore, SequenceClassifier};
pub use crate::text_cnn::{TextCnn, TextCnnConfig};
pub use crate::token_classifier::TokenClassifier;
pub use crate::tokens::Tokens;
pub use crate::transformer::{
    Biases, LayerNames, NormKind, NormPlace, Pick, Positions, QkvNames, Transformer,
    TransformerConfig, TransformerNames,
};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
