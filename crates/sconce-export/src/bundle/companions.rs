//! The small files that go along when a model is saved elsewhere.

use std::path::Path;

use sconce_models::checkpoint::{self, Companion};
use sconce_text_pipeline::Tokenizer;

use crate::error::Result;

/// The files to save beside a model that was made from the folder `source`, or from nothing: those of
/// the folder, and the settings of the tokenizer as its saved file needs them. The latter are the
/// folder's own bytes unless the tokenizer lay in other files there than the one that is saved.
///
/// # Errors
/// If one of the folder's files is there but cannot be read.
pub fn companions(source: Option<&Path>, tokenizer: &dyn Tokenizer) -> Result<Vec<Companion>> {
    let mut companions = source.map(checkpoint::companions).transpose()?.unwrap_or_default();
    if let Some(config) = tokenizer.config_file()? {
        companions.retain(|companion| companion.name != config.name);
        companions.push(Companion { name: config.name, bytes: config.bytes });
    }
    Ok(companions)
}
