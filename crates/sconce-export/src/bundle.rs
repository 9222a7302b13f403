//! A model's folder: what Sconce wrote, whole and with hashes, or what Hugging Face's tools did.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sconce_models::{Adapters, AnyModel, ModelConfig, checkpoint};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Tokenizer, TokenizerFile};

use crate::error::{Error, Result};
use crate::manifest::{FileHash, MANIFEST_FILE, Manifest};

mod companions;
mod open;
mod target;

pub use self::companions::companions;
pub use self::open::EncoderOptions;
use self::target::Target;

/// The folder in a bundle that holds the adapters which its weights were made with.
pub const ADAPTER_FOLDER: &str = "adapter";

/// A model with everything that its use takes, read from a folder.
pub struct Bundle {
    /// Where it lies.
    pub folder: PathBuf,
    /// What `sconce.json` says, or what can be told without it.
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
    /// Small files that are written as they are, such as those that [`companions`] finds.
    pub companions: Vec<checkpoint::Companion>,
    /// Low-rank adapters of the model. They are part of the weights that are written, and written
    /// by themselves into [`ADAPTER_FOLDER`], as PEFT reads them.
    pub adapters: Option<&'a Adapters>,
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
        let BundleContents { config, store, tokenizer, manifest, companions, adapters } = contents;
        let saving = checkpoint::Saving { config, store, tokenizer, companions };
        let mut names = match adapters {
            Some(adapters) => with_merged(adapters, || checkpoint::save(folder, &saving))?,
            None => checkpoint::save(folder, &saving)?,
        };
        if let Some(adapters) = adapters {
            let inner = folder.join(ADAPTER_FOLDER);
            fs::create_dir(&inner).map_err(|source| Error::file(&inner, source))?;
            let written = adapters.save(&inner, store)?;
            names.extend(written.into_iter().map(|name| format!("{ADAPTER_FOLDER}/{name}")));
        }
        let mut manifest = manifest.clone();
        for name in names {
            manifest.files.insert(name.clone(), FileHash::of(&folder.join(name))?);
        }
        manifest.write(folder)?;
        sync(folder, manifest.files.keys().map(String::as_str).chain([MANIFEST_FILE]))
    }
}

/// Calls `write` while the adapters' products are in the weights, and leaves them as they were.
fn with_merged<T>(
    adapters: &Adapters,
    write: impl FnOnce() -> sconce_models::Result<T>,
) -> Result<T> {
    if adapters.is_merged() {
        return Ok(write()?);
    }
    adapters.merge()?;
    let written = write();
    adapters.unmerge()?;
    Ok(written?)
}

/// Brings files and the names that lead to them to the disk: a rename must not reach it before what
/// it names.
fn sync<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut folders = BTreeSet::from([folder.to_owned()]);
    for name in names {
        let path = folder.join(name);
        let synced = fs::File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(|source| Error::file(&path, source))?;
        folders.extend(path.parent().map(Path::to_owned));
    }
    folders.iter().for_each(|folder| target::sync_folder(folder));
    Ok(())
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
