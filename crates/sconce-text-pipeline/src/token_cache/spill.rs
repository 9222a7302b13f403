//! Bytes that wait until their place in the file is known.

use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::partial_file::PartialFile;

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
