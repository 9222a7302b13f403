//! Models by their hub id: found in Hugging Face's cache or downloaded into it (feature `hub`).
//!
//! The same environment as in Python counts: `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_ENDPOINT`,
//! `HF_HUB_OFFLINE`. The cache has the same layout, so what either downloaded serves both.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::console::Console;

#[cfg(feature = "hub")]
mod download;
#[cfg(feature = "hub")]
mod settings;
#[cfg(feature = "hub")]
mod wanted;

/// The folder of a model: `model` itself if there is such a folder, else the hub's model of this id.
///
/// # Errors
/// If there is neither, or the download fails.
pub fn resolve(model: &Path, revision: Option<&str>, console: Console) -> Result<PathBuf> {
    if model.exists() {
        return Ok(model.to_owned());
    }
    let Some(id) = model.to_str().filter(|name| is_id(name)) else {
        bail!("{}: there is no such folder", model.display());
    };
    find(id, revision.unwrap_or("main"), console)
}

#[cfg(feature = "hub")]
fn find(id: &str, revision: &str, console: Console) -> Result<PathBuf> {
    download::find(id, revision, &settings::Settings::from_env()?, console)
}

#[cfg(not(feature = "hub"))]
fn find(id: &str, _: &str, _: Console) -> Result<PathBuf> {
    bail!(
        "{id}: there is no such folder; to take it for a model of the hub, build the program with \
         `--features hub`"
    )
}

/// Whether a name could be a hub id: `name` or `owner/name`, of letters, digits, `-`, `_` and `.`,
/// which no part begins or ends with.
fn is_id(name: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty()
            && part.chars().all(allowed)
            && !part.starts_with(['.', '-'])
            && !part.ends_with(['.', '-'])
            && !part.contains("..")
    };
    name.split('/').count() <= 2 && name.split('/').all(is_part)
}

#[cfg(test)]
mod tests;
