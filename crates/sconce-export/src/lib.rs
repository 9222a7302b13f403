//! Trained models, whole and checked: the [`Bundle`] on disk and the [`Predictor`] over it.
//!
//! A bundle is the model folder of [`sconce_models::checkpoint`] (config, weights, labels,
//! tokenizer) with `sconce.json` beside it: what the model is for, how text was prepared, how it
//! was trained, what it reached, and the size and SHA-256 of every file. It is written beside its
//! place and renamed, so a folder is either whole or absent; it is opened only if every file is the
//! one that was written.
//!
//! This crate knows nothing of training: settings and history are kept as the values they came as.
//!
//! ```no_run
//! use std::path::Path;
//! use candle_core::Device;
//! use sconce_export::{Bundle, Predictor};
//!
//! # fn main() -> Result<(), sconce_export::Error> {
//! let bundle = Bundle::open(Path::new("my-model"), &Device::Cpu)?;
//! let predictor = Predictor::new(bundle);
//! for prediction in predictor.predict(&["a gem of a film", "two hours I want back"])? {
//!     assert!(prediction.score > 0.);
//! }
//! # Ok(())
//! # }
//! ```

mod bundle;
mod embedding_file;
mod error;
mod manifest;
mod predictor;

pub use crate::bundle::{ADAPTER_FOLDER, Bundle, BundleContents, EncoderOptions, companions};
pub use crate::embedding_file::{EmbeddingFile, EmbeddingFormat};
pub use crate::error::{Error, Result};
pub use crate::manifest::{FORMAT_VERSION, FileHash, MANIFEST_FILE, Manifest, Preprocessing};
pub use crate::predictor::answer::{Answer, AnswerOptions, Answered};
pub use crate::predictor::classify::{Classification, LabelSet, Prediction, THRESHOLD};
pub use crate::predictor::fill_mask::{FilledMasks, Filling};
pub use crate::predictor::generate::{
    AlternativeToken, GenerateOptions, GeneratedToken, Generation,
};
pub use crate::predictor::tag::{Aggregation, Entity, Tagged, TaggedWord};
pub use crate::predictor::{Predicted, Predictor};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
