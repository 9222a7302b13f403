//! word2vec's `.bin`: a header line, then each word, a space and its little-endian numbers.
//!
//! Where a row starts is known only once the word before it has been read, and copying is as
//! fast as the memory, so the rows are walked by one thread.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use super::format::Header;
use super::{ReadOptions, WordVectors};
use crate::mapped_file::MappedFile;
use crate::{Error, Place, Result};

/// How many bytes are read before their pages are given back.
const RELEASE_BYTES: usize = 16 << 20;

/// Reads a binary file.
pub(super) fn read(
    path: &Path,
    file: &MappedFile,
    options: &ReadOptions<'_>,
) -> Result<WordVectors> {
    let header = Header::read(path, file)?;
    let reader = Reader { path, file, header, options };
    reader.read()
}

/// Writes what gensim writes: no line end after a row.
pub(super) fn write(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", vectors.len(), vectors.dim)?;
    let mut row = Vec::with_capacity(4 * vectors.dim);
    for (word, vector) in vectors.words().zip(vectors.values.chunks_exact(vectors.dim)) {
        out.write_all(word.as_bytes())?;
        out.write_all(b" ")?;
        row.clear();
        row.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        out.write_all(&row)?;
    }
    Ok(())
}

/// Why a row could not give this word back.
pub(super) fn unwritable(word: &str) -> Option<&'static str> {
    match word {
        "" => Some("it is empty"),
        word if word.contains(' ') => Some("it holds a space, which ends a word there"),
        word if word.contains('\n') => Some("it holds a line end"),
        _ => None,
    }
}

struct Reader<'a> {
    path: &'a Path,
    file: &'a MappedFile,
    header: Header,
    options: &'a ReadOptions<'a>,
}

impl Reader<'_> {
    fn read(&self) -> Result<WordVectors> {
        let Header { n_rows, dim, length } = self.header;
        let n_wanted = self.options.limit.map_or(n_rows, |limit| limit.min(n_rows));
        let mut vectors = WordVectors::with_capacity(dim, self.n_expected(n_wanted));
        let mut values = Vec::with_capacity(self.row_bytes(1).min(self.file.len()) / 4);
        let (mut at, mut released) = (length, 0);
        for row in 1..=n_wanted {
            let (word, numbers, end) = self.row(at).ok_or_else(|| Error::Truncated {
                path: self.path.to_owned(),
                row,
                n_rows,
                offset: at,
            })?;
            at = end;
            let word = self.word_text(word, row)?;
            if self.options.restrict_to.is_none_or(|keep| keep(&word)) {
                values.clear();
                let (numbers, _) = numbers.as_chunks::<4>();
                values.extend(numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)));
                self.check_finite(&values, &word, row)?;
                vectors.push(&word, &values);
            }
            if at - released > RELEASE_BYTES {
                self.file.release(released..at);
                released = at;
            }
        }
        let extra = self.file[at..].trim_ascii().len();
        if n_wanted == n_rows && extra > 0 {
            return Err(Error::TrailingBytes { path: self.path.to_owned(), extra, n_rows });
        }
        Ok(vectors.shrink_to_fit())
    }

    /// The word and the bytes of the numbers of the row at `at`, and where the row ends.
    fn row(&self, at: usize) -> Option<(&[u8], &[u8], usize)> {
        let bytes = &self.file[at..];
        // word2vec ends a row with a line end, gensim does not.
        let start = bytes.iter().position(|&byte| byte != b'\n')?;
        let length = memchr::memchr(b' ', &bytes[start..])?;
        let numbers = start + length + 1;
        let end = numbers.checked_add(self.header.dim.checked_mul(4)?)?;
        Some((&bytes[start..start + length], bytes.get(numbers..end)?, at + end))
    }

    /// Rows to make room for: no more than the file can hold, whatever its header says.
    fn n_expected(&self, n_wanted: usize) -> usize {
        match self.options.restrict_to {
            Some(_) => 0,
            None => n_wanted.min(self.file.len() / self.row_bytes(1)),
        }
    }

    /// The least a row with a word of so many bytes takes.
    fn row_bytes(&self, word: usize) -> usize {
        self.header.dim.saturating_mul(4).saturating_add(word + 1)
    }

    fn word_text<'b>(&self, bytes: &'b [u8], row: usize) -> Result<Cow<'b, str>> {
        match std::str::from_utf8(bytes) {
            Ok(word) => Ok(Cow::Borrowed(word)),
            Err(_) if self.options.lossy => Ok(String::from_utf8_lossy(bytes)),
            Err(_) => Err(Error::NotUtf8 {
                path: self.path.to_owned(),
                place: Place::Row(row),
                word: String::from_utf8_lossy(bytes).chars().take(60).collect(),
            }),
        }
    }

    fn check_finite(&self, values: &[f32], word: &str, row: usize) -> Result<()> {
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(()),
            Some(&value) => Err(Error::NotFinite {
                path: self.path.to_owned(),
                place: Place::Row(row),
                word: word.to_owned(),
                value,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
