//! What can go wrong with models and their folders.

use std::path::{Path, PathBuf};

use sconce_ops::LoadReport;
use thiserror::Error;

/// Result of this crate's boundaries; tensor math returns candle's own.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a model or its folder.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// `config.json` is not a config.
    #[error("{}: {message}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        message: String,
    },
    /// A config that contradicts itself.
    #[error("model config: {message}")]
    Inconsistent {
        /// The contradiction.
        message: String,
    },
    /// A model of another kind than is needed.
    #[error("the model is {found}, not {wanted}")]
    WrongKind {
        /// What it is.
        found: &'static str,
        /// What is needed.
        wanted: &'static str,
    },
    /// The folder is no model's.
    #[error(
        "{}: {}", path.display(),
        if *is_adapter {
            "it holds an adapter, which needs the model that it was trained on"
        } else {
            "no config.json in this folder, so it is not a model's"
        }
    )]
    NoConfig {
        /// The folder.
        path: PathBuf,
        /// Whether it holds an adapter of PEFT.
        is_adapter: bool,
    },
    /// The folder has no weights.
    #[error(
        "{}: no weights in this folder; looked for model.safetensors and pytorch_model.bin, whole \
         or in shards",
        path.display()
    )]
    NoWeights {
        /// The folder.
        path: PathBuf,
    },
    /// A file of weights cannot be written.
    #[error("{}: cannot be written ({source})", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: candle_core::Error,
    },
    /// An adapter that is not for this model.
    #[error("{}: the adapter is not one of this model: {message}", path.display())]
    Adapter {
        /// The file of the adapter.
        path: PathBuf,
        /// What does not fit.
        message: String,
    },
    /// A tokenizer with more tokens than the model has vectors.
    #[error(
        "{}: the tokenizer has {tokens} ids, the model vectors for {vocab_size} only; they do not \
         belong together",
        path.display()
    )]
    TokenizerSize {
        /// The folder.
        path: PathBuf,
        /// Ids of the tokenizer.
        tokens: usize,
        /// Vectors of the model.
        vocab_size: usize,
    },
    /// The tokenizer cannot be read.
    #[error(transparent)]
    Tokenizer(#[from] sconce_text_pipeline::Error),
    /// A tokenizer's file with a name under which it would not be found again.
    #[error("tokenizer file {name:?}: must be named vocabulary.json or tokenizer.json")]
    TokenizerName {
        /// The name.
        name: String,
    },
    /// The weights are not those of the config.
    #[error("{}: the weights are not those of config.json: {report}", path.display())]
    Weights {
        /// The file of weights.
        path: PathBuf,
        /// What is missing, left over or of another shape.
        report: Box<LoadReport>,
    },
    /// The file of weights cannot be read.
    #[error("{}: not a readable file of weights ({source})", path.display())]
    UnreadableWeights {
        /// The file of weights.
        path: PathBuf,
        /// candle's reason.
        source: candle_core::Error,
    },
    /// A generation setting that is impossible, contradicts another or would have no effect.
    #[error("generation config: {field}: {message}")]
    Generation {
        /// The setting.
        field: &'static str,
        /// What is wrong with it, and what to do.
        message: String,
    },
    /// A prompt that cannot be continued, or a text that cannot be scored.
    #[error("text {index}: {message}")]
    Prompt {
        /// Its index among those given.
        index: usize,
        /// What is wrong with it, and what to do.
        message: String,
    },
    /// Logits that are not numbers.
    #[error(
        "text {index}: the logits for token {position} are not numbers: the weights are damaged, \
         or training has diverged"
    )]
    NotANumber {
        /// Index of the prompt or text.
        index: usize,
        /// The token that they were to predict.
        position: usize,
    },
    /// Generated tokens cannot be decoded.
    #[error("text {index}: the generated tokens cannot be decoded: {source}")]
    TokenText {
        /// Index of the prompt.
        index: usize,
        /// The decoder's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}
