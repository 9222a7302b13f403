//! The config in a model folder.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::{GENERATION_CONFIG_FILE, GenerationConfig};
use crate::checkpoint::CONFIG_FILE;
use crate::error::{Error, Result};

/// What `config.json` may say about generation: tokens of the tokenizer.
const TOKEN_FIELDS: [&str; 3] = ["bos_token_id", "eos_token_id", "pad_token_id"];

impl GenerationConfig {
    /// Reads `generation_config.json` of a model folder; without one, the special tokens that
    /// `config.json` names.
    ///
    /// # Errors
    /// If the file cannot be read, is not JSON, or has a field of a wrong type or with a setting that
    /// is not implemented.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(GENERATION_CONFIG_FILE);
        if path.exists() {
            return read(&path, |_| true);
        }
        read(&folder.join(CONFIG_FILE), |field| TOKEN_FIELDS.contains(&field))
    }

    /// Writes `generation_config.json` into a model folder: the fields that differ from their
    /// defaults.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(GENERATION_CONFIG_FILE);
        let mut json = serde_json::to_string_pretty(self)
            .map_err(|error| Error::Config { path: path.clone(), message: error.to_string() })?;
        json.push('\n');
        fs::write(&path, json).map_err(|source| Error::file(&path, source))
    }
}

fn read(path: &Path, is_read: impl Fn(&str) -> bool) -> Result<GenerationConfig> {
    let json = fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
    let parse = || {
        let mut map: Map<String, Value> =
            serde_json::from_str(&json).map_err(|error| error.to_string())?;
        map.retain(|field, _| is_read(field));
        GenerationConfig::try_from(map).map_err(|error| match error {
            Error::Generation { field, message } => format!("{field}: {message}"),
            error => error.to_string(),
        })
    };
    parse().map_err(|message| Error::Config { path: path.to_owned(), message })
}
