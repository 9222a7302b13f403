//! Which file format the bytes are in, and the header line that two of them start with.

use std::fmt;
use std::path::Path;

use super::text::trailing_numbers;
use crate::{Error, Result};

/// A file format of word vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VectorFormat {
    /// One line a word: the word, then its numbers, with no header. What GloVe writes.
    GloveText,
    /// The same below a header line `rows dim`. What word2vec writes as text, and fastText's `.vec`.
    Word2VecText,
    /// The header line, then each word, a space and its numbers as little-endian `f32`.
    Word2VecBinary,
}

impl VectorFormat {
    /// The format that a file is written in by its ending: `.bin`, or `.txt` and `.vec`.
    pub fn from_extension(path: impl AsRef<Path>) -> Option<Self> {
        match path.as_ref().extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "bin" => Some(Self::Word2VecBinary),
            "txt" | "vec" => Some(Self::Word2VecText),
            _ => None,
        }
    }

    /// The format of these bytes. Content decides; the ending only where content is silent.
    pub(super) fn detect(path: &Path, bytes: &[u8]) -> Result<Self> {
        if let Some(found) = foreign(bytes) {
            return Err(Error::UnknownFormat { path: path.to_owned(), found: found.to_owned() });
        }
        let Some(header) = Header::parse(bytes) else {
            return Self::detect_headless(path, bytes);
        };
        let body = &bytes[header.length..];
        if body.is_empty() {
            return Ok(Self::from_extension(path).unwrap_or(Self::Word2VecText));
        }
        let text_row = trailing_numbers(first_line(body)) >= header.dim;
        let binary = !text_row && body.iter().take(4096).any(|&byte| is_binary(byte));
        Ok(if binary { Self::Word2VecBinary } else { Self::Word2VecText })
    }

    fn detect_headless(path: &Path, bytes: &[u8]) -> Result<Self> {
        if trailing_numbers(first_line(bytes)) > 0 {
            return Ok(Self::GloveText);
        }
        let line = shorten(first_line(bytes));
        let found = format!("the first line `{line}` does not end in numbers");
        Err(Error::UnknownFormat { path: path.to_owned(), found })
    }
}

impl fmt::Display for VectorFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GloveText => "GloVe text",
            Self::Word2VecText => "word2vec text",
            Self::Word2VecBinary => "word2vec binary",
        })
    }
}

/// The first line `rows dim` of word2vec's formats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) n_rows: usize,
    pub(super) dim: usize,
    /// Bytes of the line, its end included.
    pub(super) length: usize,
}

impl Header {
    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes).ok_or_else(|| Error::BadHeader {
            path: path.to_owned(),
            line: shorten(first_line(bytes)),
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let line = first_line(bytes);
        let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let mut fields = std::str::from_utf8(text).ok()?.split_ascii_whitespace();
        let (n_rows, dim) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let fits = fields.next().is_none() && dim > 0;
        fits.then(|| Self { n_rows, dim, length: bytes.len().min(line.len() + 1) })
    }
}

/// What the bytes are if they plainly belong to another program.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 5] = [
        (&[0xBA, 0x16, 0x4F, 0x2F], "a fastText model (take its `.vec` file)"),
        (&[0x1F, 0x8B], "gzip data (unpack it first)"),
        (b"PK\x03\x04", "a zip archive (unpack it first)"),
        (&[0x28, 0xB5, 0x2F, 0xFD], "zstd data (unpack it first)"),
        (b"\x93NUMPY", "a NumPy array, which has no words"),
    ];
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|&(_, name)| name)
}

/// The bytes up to the first line end, which is left out.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', bytes).map_or(bytes, |end| &bytes[..end])
}

/// Bytes that no line of text holds.
fn is_binary(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// A quotable piece of a line that may be megabytes of anything.
fn shorten(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(240)]);
    let cut: String = text.trim_end().chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 { format!("{cut}...") } else { cut }
}

#[cfg(test)]
mod tests;
