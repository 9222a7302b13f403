//! Finding the weights of a model folder, and the name in the model of each tensor of a file.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use sconce_ops::{ParamStore, SaveOptions, WeightFiles};
use serde::Deserialize;

use super::WEIGHTS_FILE;
use crate::backbone::Backbone;
use crate::config::{ModelConfig, PretrainedConfig};
use crate::error::{Error, Result};

/// Files of weights in the order in which they are looked for, and whether they list shards.
const FILES: [(&str, bool); 4] = [
    (WEIGHTS_FILE, false),
    ("model.safetensors.index.json", true),
    ("pytorch_model.bin", false),
    ("pytorch_model.bin.index.json", true),
];

/// The list of shards.
#[derive(Debug, Deserialize)]
struct Index {
    weight_map: std::collections::BTreeMap<String, String>,
}

/// A store on the weights of a folder; what no file has is drawn from `seed`.
pub(super) fn open(
    folder: &Path,
    config: &ModelConfig,
    device: &Device,
    seed: u64,
) -> Result<(ParamStore, PathBuf)> {
    let (path, mut files) = find(folder)?;
    if let ModelConfig::Pretrained(config) = config
        && let Some(dense) = config.sentence.as_ref().and_then(|modules| modules.dense.as_ref())
    {
        files.push(folder.join(&dense.folder).join(crate::sentence_modules::WEIGHTS_FILE));
    }
    for file in &files {
        // candle's error for a missing file does not name it.
        fs::metadata(file).map_err(|source| Error::file(file, source))?;
    }
    let unreadable = |source| Error::UnreadableWeights { path: path.clone(), source };
    let store = match config {
        ModelConfig::Words(_) => WeightFiles::new(&files).open(device, seed),
        ModelConfig::Pretrained(config) => {
            let names = Names::new(config, &names(&files, device).map_err(unreadable)?);
            WeightFiles::new(&files).rename(|name| names.in_model(name)).open(device, seed)
        }
    };
    Ok((store.map_err(unreadable)?, path))
}

/// Writes the weights, those of a layer after pooling into its own folder, and gives the names of the
/// files.
pub(super) fn save(folder: &Path, config: &ModelConfig, store: &ParamStore) -> Result<Vec<String>> {
    let modules = match config {
        ModelConfig::Pretrained(config) => config.sentence.as_ref(),
        ModelConfig::Words(_) => None,
    };
    let dense = modules.and_then(|modules| modules.dense.as_ref()).map(|dense| &dense.folder);
    let of_dense = |name: &str| {
        dense.and_then(|dense| {
            name.strip_prefix(dense.as_str())?.strip_prefix('.').map(str::to_owned)
        })
    };
    let is_adapter = |name: &str| name.contains(".lora_A.") || name.contains(".lora_B.");
    let save = |name: String, options: SaveOptions<'_>| {
        let path = folder.join(&name);
        store
            .save_with(&path, &options)
            .map(|()| name)
            .map_err(|source| Error::Unwritable { path, source })
    };
    let main = SaveOptions::new()
        .rename(|name| (of_dense(name).is_none() && !is_adapter(name)).then(|| name.to_owned()));
    let mut written = vec![save(WEIGHTS_FILE.to_owned(), main)?];
    if let Some(dense) = dense {
        let name = format!("{dense}/{}", crate::sentence_modules::WEIGHTS_FILE);
        written.push(save(name, SaveOptions::new().rename(of_dense))?);
    }
    Ok(written)
}

/// The file that stands for a folder's weights, and all files of them.
fn find(folder: &Path) -> Result<(PathBuf, Vec<PathBuf>)> {
    let found = FILES.iter().find(|(name, _)| folder.join(name).exists());
    let Some((name, is_index)) = found else {
        return Err(Error::NoWeights { path: folder.to_owned() });
    };
    let path = folder.join(name);
    if !is_index {
        return Ok((path.clone(), vec![path]));
    }
    let refuse = |message: String| Error::Config { path: path.clone(), message };
    let json = fs::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
    let index: Index = serde_json::from_str(&json).map_err(|error| refuse(error.to_string()))?;
    let shards: BTreeSet<&String> = index.weight_map.values().collect();
    if let Some(shard) =
        shards.iter().find(|s| Path::new(s.as_str()).file_name().is_none_or(|f| f != s.as_str()))
    {
        return Err(refuse(format!("{shard:?} is not the name of a file in its folder")));
    }
    if shards.is_empty() {
        return Err(refuse("it lists no file".into()));
    }
    let files = shards.into_iter().map(|shard| folder.join(shard)).collect();
    Ok((path, files))
}

/// Names of all tensors.
fn names(files: &[PathBuf], device: &Device) -> candle_core::Result<Vec<String>> {
    let names = RefCell::new(Vec::new());
    let note = |name: &str| {
        RefCell::borrow_mut(&names).push(name.to_owned());
        None
    };
    WeightFiles::new(files).rename(note).open(device, 0)?;
    Ok(names.into_inner())
}

/// How the names of a file become those of the model: files of bare models have no prefix, those of
/// models with a head have one, and either may be read as the other.
struct Names<'a> {
    config: &'a PretrainedConfig,
    /// The prefix of the transformer in the file, with its dot.
    found: Option<String>,
    /// The prefix in the model, with its dot, or nothing.
    wanted: String,
}

impl<'a> Names<'a> {
    fn new(config: &'a PretrainedConfig, names: &[String]) -> Self {
        let dotted =
            |prefix: &str| if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
        let wanted = dotted(Backbone::prefix(config));
        let known = [dotted(config.blueprint().prefix), wanted.clone()];
        let is_used = |prefix: &&String| {
            !prefix.is_empty() && names.iter().any(|name| name.starts_with(prefix.as_str()))
        };
        let found = known.iter().find(is_used).cloned();
        Self { config, found, wanted }
    }

    fn in_model(&self, name: &str) -> Option<String> {
        let blueprint = self.config.blueprint();
        if blueprint.ignored.iter().any(|part| name.ends_with(part)) {
            return None;
        }
        let name = name
            .strip_suffix(".gamma")
            .map(|stem| format!("{stem}.weight"))
            .or_else(|| Some(format!("{}.bias", name.strip_suffix(".beta")?)))
            .unwrap_or_else(|| name.to_owned());
        if let Some(dense) = self.config.sentence.as_ref().and_then(|m| m.dense.as_ref())
            && name.starts_with("linear.")
        {
            return Some(format!("{}.{name}", dense.folder));
        }
        let body = match &self.found {
            Some(prefix) => name.strip_prefix(prefix.as_str()),
            None => self.is_of_transformer(&name).then_some(name.as_str()),
        };
        Some(match body {
            Some(body) => format!("{}{body}", self.wanted),
            None => name,
        })
    }

    /// Whether a name without a prefix is one of the transformer's and not of a head.
    fn is_of_transformer(&self, name: &str) -> bool {
        let blueprint = self.config.blueprint();
        let names = &blueprint.names;
        let scopes = [
            names.words,
            names.positions,
            names.types,
            names.embedding_norm,
            names.layers,
            names.final_norm,
            blueprint.pooler.unwrap_or_default(),
        ];
        let is_below = |scope: &&str| {
            !scope.is_empty() && name.strip_prefix(*scope).is_some_and(|rest| rest.starts_with('.'))
        };
        scopes.iter().any(is_below)
    }
}
