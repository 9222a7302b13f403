//! A file that is there whole or not at all: written beside its place, then renamed; packed as its
//! ending says.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::compression::{Packer, Packing};
use crate::error::{DataError, Result};

/// A file that is being written. Dropped before [`finish`](Self::finish) it leaves nothing.
pub(crate) struct OutFile {
    /// None when finished.
    writer: Option<Packer<BufWriter<File>>>,
    path: PathBuf,
    beside: PathBuf,
}

/// Tells files apart that one process writes at the same time.
static N_OPENED: AtomicU64 = AtomicU64::new(0);

impl OutFile {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let number = N_OPENED.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_file_name(format!(".{name}.{}-{number}.part", std::process::id()));
        let file = File::create(&beside).map_err(|source| not_written(path, source))?;
        // From here on dropping removes the file.
        let mut out = Self { writer: None, path: path.to_owned(), beside };
        let packing = Packing::of_name(&name);
        out.writer = Some(Packer::new(BufWriter::new(file), packing, path)?);
        Ok(out)
    }

    /// Puts the file in its place, over what was there.
    pub(crate) fn finish(mut self) -> Result<()> {
        let path = self.path.clone();
        let io = |source| not_written(&path, source);
        if let Some(writer) = self.writer.take() {
            let file = writer.finish().map_err(io)?.into_inner();
            file.map_err(|error| io(error.into_error()))?.sync_all().map_err(io)?;
        }
        fs::rename(&self.beside, &self.path).map_err(io)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(writer) => writer.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        // After `finish` there is no such file.
        let _ = fs::remove_file(&self.beside);
    }
}

pub(crate) fn not_written(path: &Path, source: io::Error) -> crate::Error {
    DataError::NotWritten { path: path.display().to_string(), source }.into()
}
