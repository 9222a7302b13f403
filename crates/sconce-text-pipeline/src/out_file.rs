//! A file that is there whole or not at all: written beside its place, then renamed; packed as its
//! ending says.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::compression::{Packer, Packing};
use crate::error::{DataError, Result};
use crate::partial_file::PartialFile;

/// A file that is being written. Dropped before [`finish`](Self::finish) it leaves nothing.
pub(crate) struct OutFile {
    /// None when finished.
    writer: Option<Packer<BufWriter<PartialFile>>>,
    path: PathBuf,
}

impl OutFile {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let packing = Packing::of_name(&path.display().to_string());
        let file = PartialFile::beside(path).map_err(|source| not_written(path, source))?;
        let writer = Some(Packer::new(BufWriter::new(file), packing, path)?);
        Ok(Self { writer, path: path.to_owned() })
    }

    /// Puts the file in its place, over what was there.
    pub(crate) fn finish(mut self) -> Result<()> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let io = |source| not_written(&self.path, source);
        let file = writer.finish().map_err(io)?.into_inner();
        file.map_err(|error| io(error.into_error()))?.persist(&self.path).map_err(io)?;
        Ok(())
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

pub(crate) fn not_written(path: &Path, source: io::Error) -> crate::Error {
    DataError::NotWritten { path: path.display().to_string(), source }.into()
}
