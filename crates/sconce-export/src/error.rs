//! What can go wrong with bundles and predictions.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a bundle or a prediction.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// There is something where the bundle should be written.
    #[error("{}: already exists; choose another folder or overwrite it with --force", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A folder to be overwritten that holds anything but a bundle.
    #[error("{}: exists and {reason}, so it is not overwritten; choose another folder", path.display())]
    NotOverwritten {
        /// The folder.
        path: PathBuf,
        /// What it is or holds.
        reason: String,
    },
    /// An old bundle was moved aside and could not be moved back.
    #[error(
        "{}: could not be replaced, nor put back ({source}); what was there is kept in {}",
        path.display(),
        kept.display()
    )]
    Stranded {
        /// The folder.
        path: PathBuf,
        /// Where it is kept.
        kept: PathBuf,
        /// Why it could not be put back.
        source: std::io::Error,
    },
    /// A metric that JSON cannot hold, of a model that is of no use.
    #[error(
        "the {name} is {value}: the model did not learn, so it is not saved; lower the learning rate"
    )]
    NonFiniteMetric {
        /// Data set and metric.
        name: String,
        /// Its value.
        value: f64,
    },
    /// The folder is no bundle, nor a model's folder of another origin.
    #[error("{}: not a model's folder: {reason}", path.display())]
    NotABundle {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// `sconce.json` cannot be understood.
    #[error("{}: not a readable manifest: {message}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        message: String,
    },
    /// The bundle was written by a newer version.
    #[error(
        "{}: format version {found} is newer than {}, the newest this version reads; update sconce",
        path.display(),
        crate::manifest::FORMAT_VERSION
    )]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A file that every bundle has is not in the list of hashes, or the list names a file outside.
    #[error("{}: its list of files is not that of a bundle: {reason}", path.display())]
    Files {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with the list.
        reason: String,
    },
    /// A file of the bundle is gone.
    #[error("{}: missing, although sconce.json lists it; the bundle is incomplete", path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
    },
    /// A file of the bundle is not the one that was written.
    #[error(
        "{}: not the file that was written: expected {expected}, found {found}; the bundle is corrupt",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// Size or hash in `sconce.json`.
        expected: String,
        /// Size or hash of the file.
        found: String,
    },
    /// Settings of sentence vectors that the model cannot take.
    #[error("{}: {message}", path.display())]
    Encoder {
        /// The folder.
        path: PathBuf,
        /// What does not fit, and what to do.
        message: String,
    },
    /// A function in the config that scores go through and that is not known.
    #[error(
        "the model's config asks for the function {name:?} after its output, which is not \
         implemented; known are Sigmoid and Identity"
    )]
    ScoreFunction {
        /// The function.
        name: String,
    },
    /// A model that gives something else than is asked for.
    #[error("the model gives {found}, not {wanted}")]
    WrongOutput {
        /// What it gives.
        found: &'static str,
        /// What is asked for.
        wanted: &'static str,
    },
    /// A text over the limit where none may be cut.
    #[error(
        "text {index}: {n_tokens} tokens are more than the {max_length} allowed; shorten it, or let \
         texts be cut"
    )]
    TooLong {
        /// Its index among those given.
        index: usize,
        /// Its tokens.
        n_tokens: usize,
        /// The limit.
        max_length: usize,
    },
    /// A text without a mask, or whose mask was cut off.
    #[error("text {index}: {reason}; write {mask} where a word is to be found")]
    NoMask {
        /// Its index among those given.
        index: usize,
        /// What is missing.
        reason: &'static str,
        /// The mask token.
        mask: String,
    },
    /// A tokenizer without a token that the task needs.
    #[error("the tokenizer has no {token} token, which {task} needs")]
    NoToken {
        /// The token's role.
        token: &'static str,
        /// What needs it.
        task: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Text could not be tokenized, or the tokenizer's file is unreadable.
    #[error(transparent)]
    Text(#[from] sconce_text_pipeline::Error),
    /// The model folder is unreadable.
    #[error(transparent)]
    Model(#[from] sconce_models::Error),
    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}
