//! Networks for text on candle: encoders, heads, one registry that builds a model from its
//! config, and the folder that a model is kept in.
//!
//! A model is built by [`AnyModel::from_config`] on a [`ParamStore`](sconce_ops::ParamStore),
//! which is fresh or opened on a file of weights: the constructor is the same. Encoders of a whole
//! sentence implement [`Seq2VecEncoder`]; [`SequenceClassifier`] puts word vectors below one and
//! labels above it. [`checkpoint`] is the only reader and writer of the model folder.
//!
//! This crate knows nothing of training: no optimizer, no loss, no metric.
//!
//! ```
//! use candle_core::Device;
//! use sconce_models::{AnyModel, ModelConfig, TextCnnConfig};
//! use sconce_ops::{Mode, Offsets, ParamStore};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = ModelConfig::classifier(TextCnnConfig::default(), 1000, 50, ["bad", "good"]);
//! let store = ParamStore::new(&Device::Cpu, 42);
//! let AnyModel::SequenceClassifier(model) = AnyModel::from_config(&config, &store.root())?;
//! // Two sentences, of three words and of one, packed one after the other.
//! let logits = model.forward(&[7, 1, 42, 5], &Offsets::new(vec![0, 3, 4])?, Mode::Eval)?;
//! assert_eq!(logits.dims(), [2, 2]);
//! let scores = model.decode(&logits)?;
//! assert!((scores[0].iter().map(|label| label.score).sum::<f32>() - 1.).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```

mod any_model;
mod bag_of_embeddings;
mod causal_lm;
pub mod checkpoint;
mod config;
mod error;
mod generation;
mod seq2vec;
mod sequence_classifier;
mod text_cnn;
mod tokens;

pub use crate::any_model::AnyModel;
pub use crate::bag_of_embeddings::{BagConfig, BagOfEmbeddings};
pub use crate::causal_lm::{CausalLm, LayerCaches};
pub use crate::config::{EncoderConfig, ModelConfig, ProblemType};
pub use crate::error::{Error, Result};
pub use crate::generation::{
    DecodeText, EarlyStopping, FinishReason, GENERATION_CONFIG_FILE, Generated, GenerationConfig,
    Generator, StreamItem, TextError, TextScore, ToScore, TokenLogProb, TokenText, perplexity,
    score,
};
pub use crate::seq2vec::Seq2VecEncoder;
pub use crate::sequence_classifier::{LabelScore, SequenceClassifier};
pub use crate::text_cnn::{TextCnn, TextCnnConfig};
pub use crate::tokens::Tokens;

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
