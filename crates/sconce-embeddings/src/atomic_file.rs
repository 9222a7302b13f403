//! Files that are whole or not there: written beside their place, then renamed into it.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls `write` with a buffered writer; only its success brings the file to `path`.
pub(crate) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let beside = name_beside(path)?;
    let done = write_and_sync(&beside, write).and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        // The first error is the one to report; a leftover that cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
    }
    done
}

fn write_and_sync(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut buffered = BufWriter::with_capacity(1 << 16, file);
    write(&mut buffered)?;
    buffered.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// A name in the same folder (a rename must not cross file systems) that no other writer has.
fn name_beside(path: &Path) -> io::Result<PathBuf> {
    static WRITERS: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut beside = OsString::from(".");
    beside.push(name);
    let writer = WRITERS.fetch_add(1, Ordering::Relaxed);
    beside.push(format!(".{}-{writer}.partial", std::process::id()));
    Ok(path.with_file_name(beside))
}

#[cfg(test)]
mod tests;
