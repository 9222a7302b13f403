//! Columns of a cache as they are written, each with its place and checksum.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::fingerprint::Fingerprint;
use super::format::{ALIGN, Column, HEADER, Header, Index, Kind};
use super::spill::Spill;
use crate::partial_file::PartialFile;

/// Columns one after the other in a file in the making, the first of them the ids.
pub(super) struct ColumnWriter {
    file: PartialFile,
    pub(super) ids: Kind,
    place: u64,
    pub(super) columns: Vec<Column>,
    hasher: Xxh3,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for ColumnWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ColumnWriter").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl ColumnWriter {
    const BUFFER: usize = 1 << 18;

    pub(super) fn new(file: PartialFile, ids: Kind) -> io::Result<Self> {
        let buffer = Vec::with_capacity(Self::BUFFER);
        let mut columns =
            Self { file, ids, place: 0, columns: Vec::new(), hasher: Xxh3::new(), buffer };
        // The header comes last, so a file without one is known to be half written.
        columns.put(&[0; HEADER])?;
        columns.begin("ids", ids)?;
        Ok(columns)
    }

    pub(super) fn begin(&mut self, name: &str, kind: Kind) -> io::Result<()> {
        let gap = self.place.next_multiple_of(ALIGN) - self.place;
        self.put(&[0; ALIGN as usize][..gap as usize])?;
        self.hasher.reset();
        let (name, start) = (name.to_owned(), self.place);
        self.columns.push(Column { name, kind, start, n_bytes: 0, checksum: 0 });
        Ok(())
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.put(bytes)
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        if let Some(column) = self.columns.last_mut() {
            column.n_bytes = self.place - column.start;
            column.checksum = self.hasher.digest();
        }
        Ok(())
    }

    pub(super) fn spilled(&mut self, name: &str, kind: Kind, spill: Spill) -> io::Result<()> {
        self.begin(name, kind)?;
        spill.read(|bytes| self.write(bytes))?;
        self.end()
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.place += bytes.len() as u64;
        if self.buffer.len() + bytes.len() > Self::BUFFER {
            self.file.file().write_all(&self.buffer)?;
            self.buffer.clear();
        }
        if bytes.len() > Self::BUFFER {
            return self.file.file().write_all(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn persist(
        mut self,
        path: &Path,
        index: &Index,
        fingerprint: Fingerprint,
    ) -> io::Result<File> {
        let json = serde_json::to_vec(index).map_err(io::Error::other)?;
        let index_start = self.place;
        self.put(&json)?;
        let header = Header {
            fingerprint,
            n_bytes: self.place,
            index_start,
            index_checksum: xxh3_64(&json),
        };
        let file = self.file.file();
        file.write_all(&self.buffer)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header.to_bytes())?;
        self.file.persist(path)
    }
}

pub(super) fn fill<const N: usize>(
    buffer: &mut Vec<u8>,
    numbers: impl IntoIterator<Item = [u8; N]>,
) {
    buffer.clear();
    buffer.extend(numbers.into_iter().flatten());
}

pub(super) fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks().0.iter().map(|number| u32::from_ne_bytes(*number))
}

/// Lists of classes, each after its length, as ones and zeros.
pub(super) fn expand(
    spill: Spill,
    n_labels: usize,
    renumber: impl Fn(u32) -> u32,
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut row = vec![0f32; n_labels];
    let mut left = None;
    let mut buffer = Vec::new();
    spill.read(|bytes| {
        for number in numbers(bytes) {
            let n_left = match left {
                None => number,
                Some(n_left) => {
                    if let Some(value) = row.get_mut(renumber(number) as usize) {
                        *value = 1.;
                    }
                    n_left - 1
                }
            };
            left = Some(n_left).filter(|n_left| *n_left > 0);
            if left.is_none() {
                fill(&mut buffer, row.iter().map(|value| value.to_ne_bytes()));
                write(&buffer)?;
                row.fill(0.);
            }
        }
        Ok(())
    })
}
