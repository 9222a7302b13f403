//! A file's bytes, memory-mapped where the file allows it. The crate's one place of `unsafe`.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::Read;
use std::ops::{Deref, Range};
use std::path::Path;

use memmap2::Mmap;

use crate::{Error, Result};

/// The whole content of a file.
pub(crate) enum MappedFile {
    Mapped(Mmap),
    /// Pipes and devices cannot be mapped; their bytes are read.
    Owned(Vec<u8>),
}

impl MappedFile {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        if !file.metadata().map_err(io)?.is_file() {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(io)?;
            return Ok(Self::Owned(bytes));
        }
        // SAFETY: the map is read-only and private to this reader, which copies what it keeps
        // before it returns. Another process that shortens or rewrites the file meanwhile can
        // break that; no operating system offers a defence short of copying the whole file
        // first, so the public readers state it as their condition.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        Ok(Self::Mapped(map))
    }

    /// Tells the system that these bytes have been read and their pages may go.
    ///
    /// Without it a file of several gigabytes counts fully as this process's memory. Refusal
    /// costs nothing but memory, so it is not an error.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self {
            // SAFETY: the pages are file-backed and never written to, so dropping them loses
            // nothing: a later read finds the same bytes in the file.
            let _ = unsafe {
                map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    range.start,
                    range.len(),
                )
            };
        }
        #[cfg(not(unix))]
        let _ = range;
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}
