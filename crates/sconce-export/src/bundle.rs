//! A bundle on disk.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use sconce_models::{AnyModel, ModelConfig, checkpoint};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Tokenizer, TokenizerFile, load_tokenizer};

use crate::error::{Error, Result};
use crate::manifest::{FileHash, MANIFEST_FILE, Manifest};

mod target;

use self::target::Target;

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
    /// Fails if [`save`](Self::save) could not write here: ask before a long training run. Leaves
    /// nothing behind.
    ///
    /// # Errors
    /// If the folder exists and may not be overwritten, or nothing can be written beside it. Only
    /// an empty folder or one that holds a bundle and nothing else is ever overwritten.
    pub fn check_target(folder: &Path, overwrite: bool) -> Result<()> {
        Target::find(folder, overwrite)?.probe()
    }

    /// Writes a bundle beside its place and renames it: a failure leaves `folder` as it was.
    ///
    /// Overwriting takes two renames. A process that is killed between them leaves both bundles,
    /// whole, in a folder `.sconce-*` beside the place.
    ///
    /// # Errors
    /// If the folder exists and may not be overwritten, a metric is not finite, or a file cannot
    /// be written.
    pub fn save(folder: &Path, contents: &BundleContents<'_>, overwrite: bool) -> Result<()> {
        let metrics = contents.manifest.metrics.iter();
        let mut metrics = metrics.flat_map(|(set, values)| values.iter().map(move |v| (set, v)));
        if let Some((set, (name, value))) = metrics.find(|(_, (_, value))| !value.is_finite()) {
            return Err(Error::NonFiniteMetric { name: format!("{set} {name}"), value: *value });
        }
        let target = Target::find(folder, overwrite)?;
        let scratch = target.scratch()?;
        let fresh = scratch.path().join("new");
        fs::create_dir(&fresh).map_err(|source| Error::file(&fresh, source))?;
        Self::write(&fresh, contents)?;
        target.replace(&fresh, scratch)
    }

    fn write(folder: &Path, contents: &BundleContents<'_>) -> Result<()> {
        let BundleContents { config, store, tokenizer, manifest } = contents;
        let mut manifest = manifest.clone();
        for name in checkpoint::save(folder, config, store, tokenizer)? {
            manifest.files.insert(name.clone(), FileHash::of(&folder.join(name))?);
        }
        manifest.write(folder)?;
        // The rename must not reach the disk before what it names.
        for name in manifest.files.keys().map(String::as_str).chain([MANIFEST_FILE]) {
            let path = folder.join(name);
            let synced = fs::File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(|source| Error::file(&path, source))?;
        }
        target::sync_folder(folder);
        Ok(())
    }

    /// Reads a bundle after checking the size and hash of each of its files. Its parameters are
    /// frozen, so using it keeps nothing for a backward pass.
    ///
    /// # Errors
    /// If a file is missing, altered or unreadable, or the bundle is of a newer format.
    pub fn open(folder: &Path, device: &Device) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        manifest.verify(folder)?;
        let checkpoint::Loaded { model, store, tokenizer } = checkpoint::load(folder, device)?;
        if tokenizer.name != manifest.preprocessing.tokenizer {
            let listed = &manifest.preprocessing.tokenizer;
            let reason = format!("it holds {}, but was made with {listed}", tokenizer.name);
            return Err(Error::NotABundle { path: folder.into(), reason });
        }
        for param in store.params() {
            param.set_trainable(false);
        }
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
