//! Files in the making: under a name of their own beside their place, and gone unless they are
//! brought there.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const ENDING: &str = ".partial";

/// A file that is being written.
///
/// It is locked as long as its writer lives, so that what a dead one left behind can be told from
/// what a living one is at.
#[derive(Debug)]
pub(crate) struct PartialFile {
    file: File,
    path: PathBuf,
    is_done: bool,
}

impl PartialFile {
    /// A new file in the folder of `path`, which a rename then need not leave.
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        loop {
            let beside = name_beside(path)?;
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&beside)?;
            // Between its creation and the lock somebody may have taken it for a dead one's.
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => continue,
                // Some file systems have no locks; there nothing is ever swept.
                Ok(()) | Err(TryLockError::Error(_)) if beside.exists() => {
                    return Ok(Self { file, path: beside, is_done: false });
                }
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
        }
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Brings the file to its place, whole and on disk.
    /// Returned is the very file, whatever is at its place by now.
    pub(crate) fn persist(mut self, path: &Path) -> io::Result<File> {
        self.file.sync_all()?;
        let file = self.file.try_clone()?;
        fs::rename(&self.path, path)?;
        self.is_done = true;
        sync_folder(path);
        Ok(file)
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.is_done {
            // One that cannot be removed is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what writers of `path` left behind that died at it.
pub(crate) fn sweep(path: &Path) {
    let (Some(folder), Ok(prefix)) = (folder(path), prefix(path)) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let (name, prefix) = (name.to_string_lossy(), prefix.to_string_lossy());
        if !name.starts_with(&*prefix) || !name.ends_with(ENDING) {
            continue;
        }
        let Ok(file) = OpenOptions::new().write(true).open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A rename is safe from a loss of power only when the folder is on disk too.
fn sync_folder(path: &Path) {
    #[cfg(unix)]
    if let Some(folder) = folder(path) {
        // The file is whole either way, and some systems cannot do this.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = path;
}

fn folder(path: &Path) -> Option<&Path> {
    let folder = path.parent()?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

fn prefix(path: &Path) -> io::Result<OsString> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    Ok(prefix)
}

/// The file that builders of `path` lock, one after the other.
pub(crate) fn lock_name(path: &Path) -> io::Result<PathBuf> {
    let mut name = prefix(path)?;
    name.push("lock");
    Ok(path.with_file_name(name))
}

fn name_beside(path: &Path) -> io::Result<PathBuf> {
    static WRITERS: AtomicU64 = AtomicU64::new(0);
    let mut name = prefix(path)?;
    let writer = WRITERS.fetch_add(1, Ordering::Relaxed);
    // Processes on two machines that share a folder may have one number.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = since.map(|time| time.subsec_nanos()).unwrap_or_default();
    name.push(format!("{}-{writer}-{nanos:x}{ENDING}", std::process::id()));
    Ok(path.with_file_name(name))
}
