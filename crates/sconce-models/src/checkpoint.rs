//! The model folder: `config.json` (Hugging Face's field names, labels in `id2label`),
//! `model.safetensors`, and the tokenizer's own file (`vocabulary.json` or `tokenizer.json`).
//! This module is its only reader and writer.

use std::fs;
use std::path::Path;

use candle_core::Device;
use sconce_ops::{LoadReport, ParamStore};
use sconce_text_pipeline::TokenizerFile;

use crate::any_model::AnyModel;
use crate::backbone::Backbone;
use crate::config::{Head, ModelConfig};
use crate::error::{Error, Result};
use crate::sentence_modules::SentenceModules;

mod weights;

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
    let mut written = vec![CONFIG_FILE.into(), WEIGHTS_FILE.into(), tokenizer.name.clone()];
    if let ModelConfig::Pretrained(config) = config
        && let Some(modules) = &config.sentence
    {
        written.extend(modules.save(folder, config.blueprint().transformer.hidden_size)?);
    }
    let path = folder.join(&tokenizer.name);
    fs::write(&path, &tokenizer.bytes).map_err(|source| Error::file(&path, source))?;
    Ok(written)
}

/// Reads a model folder; the weights are mapped and copied once, to `device`.
///
/// # Errors
/// If a file is missing or unreadable, or the weights are not those of the config. What a file of a
/// pretrained transformer has beyond the config is left out; the store's report names it.
pub fn load(folder: &Path, device: &Device) -> Result<Loaded> {
    let config = load_config(folder)?;
    let (store, path) = weights::open(folder, &config, device, 0)?;
    let model = AnyModel::from_config(&config, &store.root())?;
    let report = store.load_report();
    let is_whole = match config {
        ModelConfig::Words(_) => report.is_complete(),
        ModelConfig::Pretrained(_) => report.missing.is_empty() && report.mismatched.is_empty(),
    };
    if !is_whole {
        return Err(Error::Weights { path, report: Box::new(report) });
    }
    Ok(Loaded { model, store, tokenizer: load_tokenizer_file(folder)? })
}

/// Builds a model on the weights of a folder that may have been made for another one: `config` is the
/// folder's, perhaps with another head, other labels, or adapters. Parameters of the head that the
/// folder lacks, or has in another shape, are drawn from `seed`; the report says which.
///
/// # Errors
/// If the folder has no weights, they are unreadable, or they lack a part of the transformer.
pub fn load_pretrained(
    folder: &Path,
    config: &ModelConfig,
    device: &Device,
    seed: u64,
) -> Result<(AnyModel, ParamStore, LoadReport)> {
    let (store, path) = weights::open(folder, config, device, seed)?;
    let model = AnyModel::from_config(config, &store.root())?;
    let report = store.load_report();
    let is_fresh = |name: &str| match config {
        ModelConfig::Words(_) => false,
        ModelConfig::Pretrained(config) => {
            let blueprint = config.blueprint();
            let prefix = Backbone::prefix(config);
            let inner = match prefix {
                "" => Some(name),
                prefix => name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')),
            };
            let is_pooler =
                |name: &str| blueprint.pooler.is_some_and(|pooler| name.starts_with(pooler));
            let is_adapter = name.contains(".lora_A.") || name.contains(".lora_B.");
            is_adapter || inner.is_none_or(is_pooler)
        }
    };
    let mismatched = report.mismatched.iter().map(|mismatch| &mismatch.name);
    if !report.missing.iter().chain(mismatched).all(|name| is_fresh(name)) {
        return Err(Error::Weights { path, report: Box::new(report) });
    }
    Ok((model, store, report))
}

/// Reads `config.json` of a model folder.
///
/// # Errors
/// If it is missing, not JSON, or not a config of a model that this version knows.
pub fn load_config(folder: &Path) -> Result<ModelConfig> {
    let path = folder.join(CONFIG_FILE);
    let json = fs::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
    let config = serde_json::from_str(&json).map_err(|error| error.to_string());
    let mut config = config
        .and_then(ModelConfig::from_json)
        .map_err(|message| Error::Config { path: path.clone(), message })?;
    if let ModelConfig::Pretrained(config) = &mut config
        && config.head() == Head::None
    {
        config.sentence = SentenceModules::load(folder)?;
    }
    Ok(config)
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
