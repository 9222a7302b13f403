//! Files that are there whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Writes a file beside its place and renames it.
///
/// # Errors
/// If the folder is not there or cannot be written to.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("{}: cannot be written", path.display());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sconce-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder(path)).with_context(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).with_context(failed)?;
    file.persist(path).map_err(|error| error.error).with_context(failed)?;
    Ok(())
}

/// Fails where a file could not be written in the end: before the work, not after it.
///
/// # Errors
/// If there is no such folder, or a folder in place of the file.
pub fn check(path: &Path) -> Result<()> {
    let folder = folder(path);
    if !folder.is_dir() {
        bail!("{}: the folder {} is not there; make it", path.display(), folder.display());
    }
    if path.is_dir() {
        bail!("{}: is a folder; give the name of a file", path.display());
    }
    Ok(())
}

/// The name of the file that keeps the settings a file was made with.
pub fn settings_path(path: &Path) -> PathBuf {
    path.with_extension("settings.toml")
}

fn folder(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}
