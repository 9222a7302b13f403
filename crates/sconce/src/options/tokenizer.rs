//! Options of commands that use a tokenizer without a model.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use sconce_text_pipeline::{Tokenizer, load_tokenizer_path};
use serde::Serialize;

use crate::failure::usage;

/// Which tokenizer.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TokenizerOptions {
    /// A tokenizer.json, vocabulary.json, vocab.txt, vocab.json (with merges.txt) or SentencePiece
    /// *.model, or the folder of a model that has one
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "config")]
    pub tokenizer: Option<PathBuf>,
}

impl TokenizerOptions {
    /// Reads the tokenizer.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn open(&self) -> Result<Box<dyn Tokenizer>> {
        let Some(path) = &self.tokenizer else {
            return Err(usage("--tokenizer is required, as a flag or a key"));
        };
        Ok(load_tokenizer_path(path)?)
    }
}
