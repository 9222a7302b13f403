//! `sconce.json`: what a bundle is, how it came to be, and the hash of each of its files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path};

use sconce_models::checkpoint;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "sconce.json";

/// What sentence-transformers keeps in the folder of a model.
const SENTENCE_FILES: [&str; 2] = ["modules.json", "sentence_bert_config.json"];

/// The version of the format that this crate writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The content of `sconce.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub format_version: u32,
    /// Version of the program that wrote it.
    pub sconce_version: String,
    /// What the model is for: `classify`, `pair`, `regress`, `tag`, `qa`, `mlm`, `lm`, `embed`.
    pub task: String,
    /// How text becomes token ids.
    pub preprocessing: Preprocessing,
    /// Effective settings of the training run.
    #[serde(default)]
    pub settings: Value,
    /// Metrics by data set (`valid`, `test`) and name.
    #[serde(default)]
    pub metrics: BTreeMap<String, BTreeMap<String, f64>>,
    /// What happened in each epoch.
    #[serde(default)]
    pub history: Value,
    /// What it was trained on: file names, numbers of examples.
    #[serde(default)]
    pub data: Value,
    /// Size and hash of every other file of the bundle by its name, `/` between folders; filled in
    /// when it is written. Empty for a folder that is no bundle.
    pub files: BTreeMap<String, FileHash>,
}

/// How text becomes token ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// The tokenizer's file.
    pub tokenizer: String,
    /// Tokens of a text that are kept, from its begin.
    pub max_length: Option<usize>,
}

/// Size and SHA-256 of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    /// Size.
    pub bytes: u64,
    /// SHA-256, in lower-case hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// A manifest of this version for a task, with nothing in it yet.
    pub fn new(task: impl Into<String>, tokenizer: impl Into<String>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            sconce_version: env!("CARGO_PKG_VERSION").into(),
            task: task.into(),
            preprocessing: Preprocessing { tokenizer: tokenizer.into(), max_length: None },
            settings: Value::Null,
            metrics: BTreeMap::new(),
            history: Value::Null,
            data: Value::Null,
            files: BTreeMap::new(),
        }
    }

    /// Reads the manifest of a bundle.
    ///
    /// # Errors
    /// If the folder or its manifest is missing, unreadable or of a newer format.
    pub fn read(folder: &Path) -> Result<Self> {
        let reason = if folder.is_dir() {
            format!("it has no {MANIFEST_FILE}")
        } else {
            "there is no such folder".into()
        };
        Self::find(folder)?.ok_or_else(|| Error::NotABundle { path: folder.into(), reason })
    }

    /// Reads the manifest of a folder; none if it has none.
    pub(crate) fn find(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST_FILE);
        let json = match fs::read_to_string(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::file(&path, source)),
        };
        let unreadable = |error: serde_json::Error| Error::Manifest {
            path: path.clone(),
            message: error.to_string(),
        };
        // The version first: whatever else a newer format has, this line can be understood.
        let value: Value = serde_json::from_str(&json).map_err(unreadable)?;
        if let Some(found) = value["format_version"].as_u64().filter(|&v| v > FORMAT_VERSION.into())
        {
            let found = u32::try_from(found).unwrap_or(u32::MAX);
            return Err(Error::NewerFormat { path, found });
        }
        serde_json::from_value(value).map(Some).map_err(unreadable)
    }

    /// Whether it was read from a bundle, or is to be written into one: else it says what could be
    /// told of a folder without it.
    pub fn is_of_bundle(&self) -> bool {
        !self.files.is_empty()
    }

    /// Writes the manifest into a folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(MANIFEST_FILE);
        let mut json = serde_json::to_string_pretty(self)
            .map_err(|error| Error::Manifest { path: path.clone(), message: error.to_string() })?;
        json.push('\n');
        fs::write(&path, json).map_err(|source| Error::file(&path, source))
    }

    /// Fails unless every file is there with its size and hash, the model's own among them.
    pub(crate) fn verify(&self, folder: &Path) -> Result<()> {
        let refuse = |reason| Err(Error::Files { path: folder.join(MANIFEST_FILE), reason });
        let tokenizer = self.preprocessing.tokenizer.as_str();
        for name in [checkpoint::CONFIG_FILE, checkpoint::WEIGHTS_FILE, tokenizer] {
            if !self.files.contains_key(name) {
                return refuse(format!("{name} is missing"));
            }
        }
        if let Some(name) = self.files.keys().find(|name| !is_inside(name)) {
            return refuse(format!("{name:?} is not the name of a file in the folder"));
        }
        // What is not listed but read would change the model unnoticed.
        let read = checkpoint::COMPANION_FILES.into_iter().chain(SENTENCE_FILES);
        let mut read = read.chain(checkpoint::TOKENIZER_FILES);
        let is_stray = |name: &&str| !self.files.contains_key(*name) && folder.join(name).exists();
        if let Some(name) = read.find(is_stray) {
            return refuse(format!("{name} is in the folder, but not in the list; remove it"));
        }
        for (name, expected) in &self.files {
            let path = folder.join(name);
            let bytes = match fs::metadata(&path) {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::MissingFile { path });
                }
                Err(source) => return Err(Error::file(&path, source)),
            };
            if bytes != expected.bytes {
                let expected = format!("{} bytes", expected.bytes);
                return Err(Error::Altered { path, expected, found: format!("{bytes} bytes") });
            }
            let found = FileHash::of(&path)?.sha256;
            if found != expected.sha256 {
                let expected = format!("SHA-256 {}", expected.sha256);
                return Err(Error::Altered { path, expected, found });
            }
        }
        Ok(())
    }
}

/// Whether a name is that of a file in the folder or in a folder of it: names with `/` between them,
/// none of which leads anywhere else.
fn is_inside(name: &str) -> bool {
    let parts: Option<Vec<&str>> = Path::new(name)
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    parts.is_some_and(|parts| !parts.is_empty() && parts.join("/") == name)
}

impl FileHash {
    /// Size and hash of a file.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let unreadable = |source| Error::file(path, source);
        let mut file = File::open(path).map_err(unreadable)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut bytes = 0;
        loop {
            let n = file.read(&mut buffer).map_err(unreadable)?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            bytes += n as u64;
        }
        let sha256 = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { bytes, sha256 })
    }
}

#[cfg(test)]
mod tests;
