//! Sorted runs of word counts in temporary files, and their merge.
//!
//! A run holds words in the order of their bytes, each as its length, its bytes and its count,
//! numbers in little endian. Words of several runs meet in the merge, where their counts add up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use crate::error::{Result, TrainerError};
use crate::token_counts::TokenCounts;

/// Runs that are merged at once: more would take many open files and many small reads.
const MAX_RUNS: usize = 32;

/// The runs of one shard, which go away with it.
#[derive(Default)]
pub(super) struct Runs(Vec<TempPath>);

impl Runs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes counts as a new run.
    pub(super) fn spill(&mut self, counts: &TokenCounts, folder: Option<&Path>) -> Result<()> {
        let mut words: Vec<(&str, u64)> = counts.iter().collect();
        words.sort_unstable();
        let run = write(folder, |out| {
            words.iter().try_for_each(|(word, count)| write_word(out, word.as_bytes(), *count))
        })?;
        self.0.push(run);
        if self.0.len() >= MAX_RUNS {
            let runs = std::mem::take(&mut self.0);
            let joined = write(folder, |out| merge(&runs, |word, n| write_word(out, word, n)))?;
            self.0.push(joined);
        }
        Ok(())
    }

    /// Calls `take` with every word and its count over all runs, in the order of the words.
    pub(super) fn merge(
        self,
        folder: Option<&Path>,
        mut take: impl FnMut(&str, u64),
    ) -> Result<()> {
        let merged = merge(&self.0, |word, count| {
            take(std::str::from_utf8(word).map_err(io::Error::other)?, count);
            Ok(())
        });
        merged.map_err(|source| failed(folder, source))
    }
}

fn write(
    folder: Option<&Path>,
    content: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> Result<TempPath> {
    let written = || {
        let mut file = match folder {
            Some(folder) => NamedTempFile::new_in(folder)?,
            None => NamedTempFile::new()?,
        };
        let mut out = BufWriter::with_capacity(1 << 16, file.as_file_mut());
        content(&mut out)?;
        out.flush()?;
        drop(out);
        Ok(file.into_temp_path())
    };
    written().map_err(|source| failed(folder, source))
}

fn failed(folder: Option<&Path>, source: io::Error) -> crate::Error {
    let folder = folder.map(|folder| folder.display().to_string());
    let folder = folder.unwrap_or_else(|| "the system's temporary folder".to_owned());
    TrainerError::Spill { folder, source }.into()
}

fn write_word(out: &mut impl Write, word: &[u8], count: u64) -> io::Result<()> {
    out.write_all(&(word.len() as u64).to_le_bytes())?;
    out.write_all(&count.to_le_bytes())?;
    out.write_all(word)
}

fn merge(runs: &[TempPath], mut take: impl FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<()> {
    let mut readers = runs.iter().map(RunReader::open).collect::<io::Result<Vec<_>>>()?;
    let mut heads = BinaryHeap::with_capacity(readers.len());
    for (run, reader) in readers.iter_mut().enumerate() {
        heads.extend(reader.next()?.map(|(word, count)| Reverse((word, run, count))));
    }
    let mut current: Option<(Vec<u8>, u64)> = None;
    while let Some(Reverse((word, run, count))) = heads.pop() {
        heads.extend(readers[run].next()?.map(|(word, count)| Reverse((word, run, count))));
        match &mut current {
            Some((text, total)) if *text == word => *total += count,
            _ => {
                if let Some((text, total)) = current.replace((word, count)) {
                    take(&text, total)?;
                }
            }
        }
    }
    current.map_or(Ok(()), |(text, total)| take(&text, total))
}

struct RunReader(BufReader<File>);

impl RunReader {
    fn open(path: &TempPath) -> io::Result<Self> {
        Ok(Self(BufReader::with_capacity(1 << 15, File::open(path)?)))
    }

    fn next(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        let mut head = [0; 16];
        if self.0.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        self.0.read_exact(&mut head[1..])?;
        let [length, count] = [0, 8].map(|at| {
            let mut number = [0; 8];
            number.copy_from_slice(&head[at..at + 8]);
            u64::from_le_bytes(number)
        });
        let mut word = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.0.read_exact(&mut word)?;
        Ok(Some((word, count)))
    }
}
