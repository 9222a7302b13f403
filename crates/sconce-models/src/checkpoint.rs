//! The model folder: `config.json` (Hugging Face's field names, labels in `id2label`),
//! `model.safetensors`, and the tokenizer's own file (`vocabulary.json` or `tokenizer.json`).
//! This module is its only reader and writer.

use std::fs;
use std::path::Path;

use candle_core::Device;
use sconce_ops::ParamStore;
use sconce_text_pipeline::TokenizerFile;

use crate::any_model::AnyModel;
use crate::config::{EncoderConfig, ModelConfig};
use crate::error::{Error, Result};

/// The config's file name.
pub const CONFIG_FILE: &str = "config.json";

/// The weights' file name.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// File names that a tokenizer may have.
pub const TOKENIZER_FILES: [&str; 2] = ["vocabulary.json", "tokenizer.json"];

/// Everything that a model folder holds.
#[derive(Debug)]
pub struct Loaded {
    /// The model, on the weights.
    pub model: AnyModel,
    /// Its parameters.
    pub store: ParamStore,
    /// Its tokenizer, as the bytes of its file.
    pub tokenizer: TokenizerFile,
}

/// Writes a model into an existing folder and gives the names of the files written.
///
/// # Errors
/// If the tokenizer's file has none of the [names](TOKENIZER_FILES) that are read, or a file cannot
/// be written. Write into a fresh folder and rename it to be atomic.
pub fn save(
    folder: &Path,
    config: &ModelConfig,
    store: &ParamStore,
    tokenizer: &TokenizerFile,
) -> Result<Vec<String>> {
    if !TOKENIZER_FILES.contains(&tokenizer.name.as_str()) {
        return Err(Error::TokenizerName { name: tokenizer.name.clone() });
    }
    let path = folder.join(CONFIG_FILE);
    let mut json = serde_json::to_string_pretty(config)
        .map_err(|error| Error::Config { path: path.clone(), message: error.to_string() })?;
    json.push('\n');
    fs::write(&path, json).map_err(|source| Error::file(&path, source))?;
    store.save(&folder.join(WEIGHTS_FILE))?;
    let path = folder.join(&tokenizer.name);
    fs::write(&path, &tokenizer.bytes).map_err(|source| Error::file(&path, source))?;
    Ok(vec![CONFIG_FILE.into(), WEIGHTS_FILE.into(), tokenizer.name.clone()])
}

/// Reads a model folder; the weights are mapped and copied once, to `device`.
///
/// # Errors
/// If a file is missing or unreadable, or the weights are not exactly those of the config.
pub fn load(folder: &Path, device: &Device) -> Result<Loaded> {
    let config = load_config(folder)?;
    let path = folder.join(WEIGHTS_FILE);
    // candle's error for a missing file does not name it.
    fs::metadata(&path).map_err(|source| Error::file(&path, source))?;
    let store = ParamStore::open(&path, device, 0)
        .map_err(|source| Error::UnreadableWeights { path: path.clone(), source })?;
    let model = AnyModel::from_config(&config, &store.root())?;
    let report = store.load_report();
    if !report.is_complete() {
        return Err(Error::Weights { path, report: Box::new(report) });
    }
    Ok(Loaded { model, store, tokenizer: load_tokenizer_file(folder)? })
}

/// Reads `config.json` of a model folder.
///
/// # Errors
/// If it is missing, not JSON, or not a config of a model that this version knows.
pub fn load_config(folder: &Path) -> Result<ModelConfig> {
    let path = folder.join(CONFIG_FILE);
    let json = fs::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
    serde_json::from_str(&json).map_err(|error| {
        let mut message = error.to_string();
        if message.starts_with("unknown variant") {
            let known = EncoderConfig::MODEL_TYPES.join(", ");
            message = format!("model_type is none of those known here ({known}): {message}");
        }
        Error::Config { path, message }
    })
}

fn load_tokenizer_file(folder: &Path) -> Result<TokenizerFile> {
    let Some(name) = TOKENIZER_FILES.into_iter().find(|name| folder.join(name).exists()) else {
        return Err(Error::NoTokenizer { path: folder.to_owned() });
    };
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|source| Error::file(&path, source))?;
    Ok(TokenizerFile { name: name.into(), bytes })
}

#[cfg(test)]
mod tests;
