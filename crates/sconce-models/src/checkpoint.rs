//! The model folder: `config.json` (Hugging Face's field names, labels in `id2label`), weights, the
//! tokenizer's files, and what else a folder of Hugging Face has. This module is its only reader and
//! writer: it reads what transformers and sentence-transformers write, and what it writes they read.

use std::path::Path;
use std::{fs, io};

use candle_core::Device;
use sconce_ops::{LoadReport, ParamStore};
use sconce_text_pipeline::{Tokenizer, TokenizerFile, load_tokenizer_folder};

use crate::any_model::AnyModel;
use crate::backbone::Backbone;
use crate::config::{Head, ModelConfig};
use crate::error::{Error, Result};
use crate::lora::LoraConfig;
use crate::sentence_modules::SentenceModules;

mod adapted;
mod weights;

pub use self::adapted::load_adapted;

/// The config's file name.
pub const CONFIG_FILE: &str = "config.json";

/// The weights' file name.
pub const WEIGHTS_FILE: &str = "model.safetensors";

/// File names that a tokenizer may have.
pub const TOKENIZER_FILES: [&str; 2] = ["vocabulary.json", "tokenizer.json"];

/// Small files that are taken along from the folder of a pretrained model, unread: settings of its
/// tokenizer and of its use.
pub const COMPANION_FILES: [&str; 5] = [
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "generation_config.json",
    SENTENCE_FILE,
];

/// The one of them that belongs to sentence encoders alone.
const SENTENCE_FILE: &str = "config_sentence_transformers.json";

/// Everything that a model folder holds.
pub struct Loaded {
    /// The model, on the weights.
    pub model: AnyModel,
    /// Its parameters.
    pub store: ParamStore,
    /// Its tokenizer.
    pub tokenizer: Box<dyn Tokenizer>,
}

/// What a model folder is written from.
#[derive(Debug, Clone, Copy)]
pub struct Saving<'a> {
    /// Config of the model.
    pub config: &'a ModelConfig,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Its tokenizer's file.
    pub tokenizer: &'a TokenizerFile,
    /// Files that are written as they are.
    pub companions: &'a [Companion],
}

/// A file that is taken along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// One of the [names](COMPANION_FILES).
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Writes a model into an existing folder and gives the names of the files written. Adapters that are
/// merged into the weights are left out of the file of weights; others are an error.
///
/// # Errors
/// If the tokenizer's file has none of the [names](TOKENIZER_FILES) that are read, or a file cannot
/// be written. Write into a fresh folder and rename it to be atomic.
pub fn save(folder: &Path, saving: &Saving<'_>) -> Result<Vec<String>> {
    let Saving { config, store, tokenizer, companions } = saving;
    if !TOKENIZER_FILES.contains(&tokenizer.name.as_str()) {
        return Err(Error::TokenizerName { name: tokenizer.name.clone() });
    }
    let mut written = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        written.push(name.to_owned());
        fs::write(&path, bytes).map_err(|source| Error::file(&path, source))
    };
    let mut json = serde_json::to_string_pretty(config).map_err(|error| Error::Config {
        path: folder.join(CONFIG_FILE),
        message: error.to_string(),
    })?;
    json.push('\n');
    write(CONFIG_FILE, json.as_bytes())?;
    write(&tokenizer.name, &tokenizer.bytes)?;
    let is_sentence_encoder =
        matches!(config, ModelConfig::Pretrained(config) if config.sentence.is_some());
    for companion in *companions {
        if companion.name != SENTENCE_FILE || is_sentence_encoder {
            write(&companion.name, &companion.bytes)?;
        }
    }
    let sentence = match config {
        ModelConfig::Pretrained(config) => config
            .sentence
            .as_ref()
            .map(|modules| modules.save(folder, config.blueprint().transformer.hidden_size)),
        ModelConfig::Words(_) => None,
    };
    written.extend(sentence.transpose()?.unwrap_or_default());
    written.extend(weights::save(folder, config, store)?);
    Ok(written)
}

/// The small files of a folder that are taken along when its model is saved elsewhere.
///
/// # Errors
/// If one of them is there but cannot be read.
pub fn companions(folder: &Path) -> Result<Vec<Companion>> {
    let names = COMPANION_FILES.into_iter().filter(|name| folder.join(name).is_file());
    let read = |name: &str| {
        let path = folder.join(name);
        let bytes = fs::read(&path).map_err(|source| Error::file(&path, source))?;
        Ok(Companion { name: name.to_owned(), bytes })
    };
    names.map(read).collect()
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
    let tokenizer = load_tokenizer(folder, &config)?;
    Ok(Loaded { model, store, tokenizer })
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
    let json = fs::read_to_string(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound if folder.is_dir() => {
            let is_adapter = LoraConfig::is_in(folder);
            Error::NoConfig { path: folder.to_owned(), is_adapter }
        }
        _ => Error::file(&path, source),
    })?;
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

/// Reads the tokenizer of a model folder.
///
/// # Errors
/// If there is none, it is not readable, or it has more ids than the model.
pub fn load_tokenizer(folder: &Path, config: &ModelConfig) -> Result<Box<dyn Tokenizer>> {
    let tokenizer = load_tokenizer_folder(folder)?;
    let (tokens, vocab_size) = (tokenizer.vocab_size(), config.vocab_size());
    if tokens > vocab_size {
        return Err(Error::TokenizerSize { path: folder.to_owned(), tokens, vocab_size });
    }
    Ok(tokenizer)
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("model", &self.model).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
