//! Files in the making: under a name of their own beside their place, and gone unless they are
//! brought there.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const ENDING: &str = ".partial";

/// A file that is being written.
///
/// It is locked as long as its writer lives, so that what a dead one left behind can be told from
/// what a living one is at.
#[derive(Debug)]
pub(super) struct PartialFile {
    file: File,
    path: PathBuf,
    is_done: bool,
}

impl PartialFile {
    /// A new file in the folder of `path`, which a rename then need not leave.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
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

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Brings the file to its place, whole and on disk.
    /// Returned is the very file, whatever is at its place by now.
    pub(super) fn persist(mut self, path: &Path) -> io::Result<File> {
        self.file.sync_all()?;
        let file = self.file.try_clone()?;
        fs::rename(&self.path, path)?;
        self.is_done = true;
        sync_folder(path);
        Ok(file)
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
pub(super) fn sweep(path: &Path) {
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
pub(super) fn lock_name(path: &Path) -> io::Result<PathBuf> {
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

/// Bytes of a column that has to wait for another to end: in memory while they are few.
#[derive(Debug, Default)]
pub(super) struct Spill {
    bytes: Vec<u8>,
    file: Option<PartialFile>,
}

impl Spill {
    const IN_MEMORY: usize = 1 << 20;

    /// Adds bytes; `path` is the file that the column will be part of.
    pub(super) fn write(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= Self::IN_MEMORY {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(PartialFile::beside(path)?),
            };
            file.file().write_all(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }

    /// Hands on all bytes in parts, each of a length that is a multiple of 4096 but for the last.
    pub(super) fn read(mut self, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Some(mut partial) = self.file.take() else { return take(&self.bytes) };
        let file = partial.file();
        file.write_all(&self.bytes)?;
        file.rewind()?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            let mut n_read = 0;
            while n_read < buffer.len() {
                match file.read(&mut buffer[n_read..]) {
                    Ok(0) => break,
                    Ok(n) => n_read += n,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            if n_read == 0 {
                return Ok(());
            }
            take(&buffer[..n_read])?;
        }
    }
}
