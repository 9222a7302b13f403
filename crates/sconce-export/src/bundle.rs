//! A bundle on disk.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use sconce_models::{AnyModel, ModelConfig, checkpoint};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Tokenizer, TokenizerFile, load_tokenizer};

use crate::error::{Error, Result};
use crate::manifest::{FileHash, MANIFEST_FILE, Manifest};

/// A model with everything that its use takes, read from a folder.
pub struct Bundle {
    /// Where it lies.
    pub folder: PathBuf,
    /// What `sconce.json` says.
    pub manifest: Manifest,
    /// The model.
    pub model: AnyModel,
    /// Its parameters.
    pub store: ParamStore,
    /// Its tokenizer.
    pub tokenizer: Box<dyn Tokenizer>,
}

/// What a bundle is written from.
#[derive(Debug)]
pub struct BundleContents<'a> {
    /// Config of the model.
    pub config: &'a ModelConfig,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Its tokenizer's file.
    pub tokenizer: &'a TokenizerFile,
    /// The manifest; its `files` are filled in.
    pub manifest: Manifest,
}

impl Bundle {
    /// Fails if [`save`](Self::save) would refuse to write here: ask before a long training run.
    ///
    /// # Errors
    /// If the folder exists and may not be overwritten. Only a bundle or an empty folder ever is.
    pub fn check_target(folder: &Path, overwrite: bool) -> Result<()> {
        let exists = folder.symlink_metadata().is_ok();
        if !exists {
            return Ok(());
        }
        let path = folder.to_owned();
        if !overwrite {
            return Err(Error::Exists { path });
        }
        let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        if is_empty || folder.join(MANIFEST_FILE).is_file() {
            Ok(())
        } else {
            Err(Error::NotOverwritten { path })
        }
    }

    /// Writes a bundle beside its place and renames it: whatever fails, `folder` is as it was.
    ///
    /// # Errors
    /// If the folder exists and may not be overwritten, or a file cannot be written.
    pub fn save(folder: &Path, contents: &BundleContents<'_>, overwrite: bool) -> Result<()> {
        Self::check_target(folder, overwrite)?;
        let parent = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(|source| Error::file(parent, source))?;
        let scratch = tempfile::Builder::new()
            .prefix(".sconce-")
            .tempdir_in(parent)
            .map_err(|source| Error::file(parent, source))?;
        let fresh = scratch.path().join("new");
        fs::create_dir(&fresh).map_err(|source| Error::file(&fresh, source))?;
        Self::write(&fresh, contents)?;
        // An old bundle is moved aside, not deleted, until the new one is in its place.
        let old = scratch.path().join("old");
        let replaced = folder.symlink_metadata().is_ok();
        if replaced {
            fs::rename(folder, &old).map_err(|source| Error::file(folder, source))?;
        }
        fs::rename(&fresh, folder).map_err(|source| {
            if replaced {
                // Best effort: the first error is the one to report.
                let _ = fs::rename(&old, folder);
            }
            Error::file(folder, source)
        })
    }

    fn write(folder: &Path, contents: &BundleContents<'_>) -> Result<()> {
        let BundleContents { config, store, tokenizer, manifest } = contents;
        let mut manifest = manifest.clone();
        for name in checkpoint::save(folder, config, store, tokenizer)? {
            manifest.files.insert(name.clone(), FileHash::of(&folder.join(name))?);
        }
        manifest.write(folder)
    }

    /// Reads a bundle after checking the size and hash of each of its files.
    ///
    /// # Errors
    /// If a file is missing, altered or unreadable, or the bundle is of a newer format.
    pub fn open(folder: &Path, device: &Device) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.verify(folder)?;
        let checkpoint::Loaded { model, store, tokenizer } = checkpoint::load(folder, device)?;
        let tokenizer = load_tokenizer(&tokenizer)?;
        let (tokens, vocab_size) = (tokenizer.vocab_size(), model.config().vocab_size);
        if tokens > vocab_size {
            return Err(Error::TokenizerSize { path: folder.into(), tokens, vocab_size });
        }
        Ok(Self { folder: folder.to_owned(), manifest, model, store, tokenizer })
    }
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle")
            .field("folder", &self.folder)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
