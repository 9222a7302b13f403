//! GloVe text, word2vec text and fastText's `.vec`: a line a word, the numbers after it.
//!
//! The file is cut at line ends into chunks. A wave of chunks is parsed in parallel, then its
//! rows are added in file order, so that the result and the first error are those of a reader
//! that goes line by line, at the memory cost of one wave.

mod row;

use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::format::{Header, first_line};
use super::number::is_separator;
use super::{ReadOptions, WordVectors};
use crate::mapped_file::MappedFile;
use crate::{Error, Result};
pub(super) use row::trailing_numbers;
use row::{RowError, parse_row, word_text};

/// Large enough to hide the cost of a task, small enough to share a wave out evenly.
const CHUNK_BYTES: usize = 256 << 10;
const CHUNKS_PER_THREAD: usize = 8;

/// Reads a text file, with its header line if the format has one.
pub(super) fn read(
    path: &Path,
    file: &MappedFile,
    has_header: bool,
    options: &ReadOptions<'_>,
) -> Result<WordVectors> {
    let header = if has_header { Some(Header::read(path, file)?) } else { None };
    let dim = match header {
        Some(header) => header.dim,
        None => headless_dim(path, file)?,
    };
    let reader = Reader { path, file, dim, header, options, chunk_bytes: CHUNK_BYTES };
    reader.read()
}

fn headless_dim(path: &Path, bytes: &[u8]) -> Result<usize> {
    match trailing_numbers(first_line(bytes)) {
        0 => Err(Error::UnknownFormat {
            path: path.to_owned(),
            found: "the first line is not a word and its numbers".to_owned(),
        }),
        dim => Ok(dim),
    }
}

/// Writes `word number number ...` lines, below a header line if asked to.
pub(super) fn write(vectors: &WordVectors, header: bool, out: &mut dyn Write) -> io::Result<()> {
    if header {
        writeln!(out, "{} {}", vectors.len(), vectors.dim)?;
    }
    for (word, vector) in vectors.words().zip(vectors.values.chunks_exact(vectors.dim)) {
        out.write_all(word.as_bytes())?;
        for value in vector {
            // The shortest digits that read back to the same bits.
            write!(out, " {value:?}")?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Why a line could not give this word back.
pub(super) fn unwritable(word: &str) -> Option<&'static str> {
    let separator = |letter: char| letter == ' ' || letter == '\t';
    if word.is_empty() {
        return Some("it is empty");
    }
    if word.contains('\n') {
        return Some("it holds a line end");
    }
    if word.starts_with(separator) || word.ends_with(separator) {
        return Some("it starts or ends with a space");
    }
    let last = word.rsplit(separator).next().filter(|last| last.len() < word.len());
    last.is_some_and(|part| part.parse::<f32>().is_ok())
        .then_some("a space and a number at its end would be read as part of the vector")
}

struct Reader<'a> {
    path: &'a Path,
    file: &'a MappedFile,
    dim: usize,
    header: Option<Header>,
    options: &'a ReadOptions<'a>,
    chunk_bytes: usize,
}

impl Reader<'_> {
    fn read(&self) -> Result<WordVectors> {
        let start = self.header.map_or(0, |header| header.length);
        let end = start + self.file[start..].trim_ascii_end().len();
        let limit = self.options.limit.unwrap_or(usize::MAX);
        let mut vectors = WordVectors::with_capacity(self.dim, 0);
        let (mut n_rows, mut at) = (0, start);
        while at < end && n_rows < limit {
            let wave = self.next_wave(at, end);
            let chunks: Vec<Chunk> =
                wave.par_iter().map(|&(from, to)| self.parse(&self.file[from..to])).collect();
            for chunk in chunks {
                self.add(&mut vectors, chunk, &mut n_rows, limit)?;
            }
            let wave_end = wave.last().map_or(end, |&(_, to)| to);
            self.file.release(at..wave_end);
            if at == start {
                reserve(&mut vectors, (wave_end - start) as f64, (end - start) as f64, limit);
            }
            at = wave_end;
        }
        match self.header {
            Some(Header { n_rows: expected, .. }) if n_rows < limit && n_rows != expected => {
                let path = self.path.to_owned();
                Err(Error::WrongRowCount { path, expected, got: n_rows })
            }
            _ => Ok(vectors.shrink_to_fit()),
        }
    }

    /// The next chunks, each ending behind a line end or at the end of the rows.
    fn next_wave(&self, mut at: usize, end: usize) -> Vec<(usize, usize)> {
        let mut wave = Vec::new();
        while at < end && wave.len() < CHUNKS_PER_THREAD * rayon::current_num_threads() {
            let aim = (at + self.chunk_bytes).min(end);
            let rest = &self.file[aim..end];
            let to = memchr::memchr(b'\n', rest).map_or(end, |more| aim + more + 1);
            wave.push((at, to));
            at = to;
        }
        wave
    }

    fn parse(&self, bytes: &[u8]) -> Chunk {
        let mut chunk = Chunk::default();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let mut lines = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
        let mut start = 0;
        while let Some(end) = lines.next().filter(|_| chunk.error.is_none()) {
            chunk.error = self.parse_line(&bytes[start..end], &mut chunk).err();
            chunk.n_rows += 1;
            start = end + 1;
        }
        chunk
    }

    fn parse_line(&self, line: &[u8], chunk: &mut Chunk) -> Result<(), RowError> {
        let n_values = chunk.values.len();
        let bytes = parse_row(line, self.dim, &mut chunk.values)?;
        let word = word_text(bytes, self.options.lossy)?;
        if self.options.restrict_to.is_some_and(|keep| !keep(&word)) {
            chunk.values.truncate(n_values);
            return Ok(());
        }
        chunk.words.push_str(&word);
        chunk.kept.push((chunk.n_rows, chunk.words.len()));
        Ok(())
    }

    fn add(
        &self,
        vectors: &mut WordVectors,
        chunk: Chunk,
        n_rows: &mut usize,
        limit: usize,
    ) -> Result<()> {
        let mut start = 0;
        let vectors_of_chunk = chunk.values.chunks_exact(self.dim);
        for (&(row, end), vector) in chunk.kept.iter().zip(vectors_of_chunk) {
            if *n_rows + row >= limit {
                break;
            }
            vectors.push(&chunk.words[start..end], vector);
            start = end;
        }
        *n_rows += chunk.n_rows;
        match chunk.error {
            // The damaged row is the chunk's last, and lines count from 1, as rows now do.
            Some(error) if *n_rows <= limit => {
                let line = *n_rows + usize::from(self.header.is_some());
                Err(error.at(self.path, line, self.dim))
            }
            _ => Ok(()),
        }
    }
}

/// The rows of one chunk up to the first that is damaged.
#[derive(Default)]
struct Chunk {
    /// The words kept, one after the other.
    words: String,
    /// Of each word kept, its row in the chunk and its end in `words`.
    kept: Vec<(usize, usize)>,
    values: Vec<f32>,
    /// Rows looked at, a damaged one included.
    n_rows: usize,
    error: Option<RowError>,
}

/// Makes room for what the rest of the file will hold if it is like its beginning.
fn reserve(vectors: &mut WordVectors, bytes_seen: f64, bytes: f64, limit: usize) {
    let expected = (vectors.len() as f64 / bytes_seen * bytes * 1.02) as usize;
    let more = expected.min(limit).saturating_sub(vectors.len());
    vectors.words.reserve(more);
    vectors.values.reserve(more * vectors.dim);
}

#[cfg(test)]
mod tests;
