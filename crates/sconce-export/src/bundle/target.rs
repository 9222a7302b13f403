//! The place of a bundle: what may stand there already, and how it is replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sconce_models::checkpoint;
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::manifest::{MANIFEST_FILE, Manifest};

/// Where a bundle is to be written.
pub(super) struct Target {
    /// Its folder; links followed if it exists.
    folder: PathBuf,
    exists: bool,
}

impl Target {
    /// Fails if there is something that may not be overwritten.
    pub(super) fn find(folder: &Path, overwrite: bool) -> Result<Self> {
        if folder.symlink_metadata().is_err() {
            return Ok(Self { folder: folder.to_owned(), exists: false });
        }
        if !overwrite {
            return Err(Error::Exists { path: folder.to_owned() });
        }
        let found = folder.canonicalize().map_err(|source| Error::file(folder, source))?;
        match foreign(&found) {
            None => Ok(Self { folder: found, exists: true }),
            Some(reason) => Err(Error::NotOverwritten { path: folder.to_owned(), reason }),
        }
    }

    /// Fails if the place cannot be written to.
    pub(super) fn probe(&self) -> Result<()> {
        // The folders above it need not exist yet; the nearest that does has to take a new one.
        let above = self.parent().ancestors().find(|folder| folder.exists());
        let above = above.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let scratch = scratch(above)?;
        if self.exists {
            // A mount point, say, cannot be moved aside.
            let aside = scratch.path().join("old");
            let moved = fs::rename(&self.folder, &aside);
            moved.map_err(|source| Error::file(&self.folder, source))?;
            self.put_back(&aside, scratch)?;
        }
        Ok(())
    }

    /// A folder beside the place that goes away with the value.
    pub(super) fn scratch(&self) -> Result<TempDir> {
        let parent = self.parent();
        fs::create_dir_all(parent).map_err(|source| Error::file(parent, source))?;
        scratch(parent)
    }

    /// Puts the bundle `fresh` in its place. An old one is moved aside, not deleted, until then.
    pub(super) fn replace(&self, fresh: &Path, scratch: TempDir) -> Result<()> {
        let failed = |source| Error::file(&self.folder, source);
        let aside = scratch.path().join("old");
        if self.exists {
            fs::rename(&self.folder, &aside).map_err(failed)?;
        }
        match fs::rename(fresh, &self.folder) {
            Ok(()) => {}
            Err(source) if self.exists => {
                self.put_back(&aside, scratch)?;
                return Err(failed(source));
            }
            Err(source) => return Err(failed(source)),
        }
        sync_folder(self.parent());
        Ok(())
    }

    /// Brings the old bundle back; if that fails, keeps it where it is and says where.
    fn put_back(&self, aside: &Path, scratch: TempDir) -> Result<()> {
        let Err(source) = fs::rename(aside, &self.folder) else { return Ok(()) };
        let kept = scratch.keep();
        Err(Error::Stranded { path: self.folder.clone(), kept, source })
    }

    fn parent(&self) -> &Path {
        match self.folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

/// Brings the names in a folder to the disk. Not every system can open a folder; there they reach the
/// disk when they do.
pub(super) fn sync_folder(folder: &Path) {
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
}

fn scratch(parent: &Path) -> Result<TempDir> {
    let made = tempfile::Builder::new().prefix(".sconce-").tempdir_in(parent);
    made.map_err(|source| Error::file(parent, source))
}

/// Why a folder may not be overwritten, if it holds anything but a bundle.
fn foreign(folder: &Path) -> Option<String> {
    let Ok(names) = files_below(folder, "") else {
        return Some("is not a readable folder".into());
    };
    if names.is_empty() {
        return None;
    }
    if !names.iter().any(|name| name == MANIFEST_FILE) {
        return Some("is no bundle".into());
    }
    let listed = Manifest::read(folder).map(|manifest| manifest.files).unwrap_or_default();
    let own = [MANIFEST_FILE, checkpoint::CONFIG_FILE, checkpoint::WEIGHTS_FILE];
    let own: Vec<&str> = own.into_iter().chain(checkpoint::TOKENIZER_FILES).collect();
    let is_own = |name: &String| own.contains(&name.as_str()) || listed.contains_key(name);
    let other = names.iter().find(|name| !is_own(name))?;
    Some(format!("holds {other} beside the bundle"))
}

/// Names of all that lies below a folder and is no folder itself, `/` between folders; and of empty
/// folders.
fn files_below(folder: &Path, prefix: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // Links are not followed: they are entries of their own.
        if entry.file_type()?.is_dir() {
            let inner = files_below(&entry.path(), &format!("{name}/"))?;
            let is_empty = inner.is_empty();
            names.extend(inner);
            names.extend(is_empty.then_some(name));
        } else {
            names.push(name);
        }
    }
    Ok(names)
}
