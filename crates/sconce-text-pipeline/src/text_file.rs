//! A file of text, read whole and known to be UTF-8, so that every error can name its line.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// The text of a file without its byte order mark, and what to call it in errors.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl TextFile {
    /// Reads a file. With `lossy`, bytes that are not UTF-8 become U+FFFD in place of an error.
    pub(crate) fn open(path: &Path, lossy: bool) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| Error::io(&name, source))?;
        Self::from_reader(file, &name, lossy)
    }

    /// Reads anything else; `name` stands for the path in errors. Nothing at all is an error.
    pub(crate) fn from_reader(mut reader: impl Read, name: &str, lossy: bool) -> Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|source| Error::io(name, source))?;
        if bytes.starts_with(MARK) {
            bytes.drain(..MARK.len());
        }
        if bytes.is_empty() {
            return Err(Error::EmptyFile { path: name.to_owned() });
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if lossy => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(error) => {
                let line = line_at(error.as_bytes(), error.utf8_error().valid_up_to());
                return Err(Error::InvalidUtf8 { path: name.to_owned(), line });
            }
        };
        Ok(Self { name: name.to_owned(), text })
    }

    /// The lines with their numbers, from one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The number, from one, of the line that holds the byte at `at`.
pub(crate) fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &bytes[..at.min(bytes.len())]).count()
}

/// The ending of a file name, in small letters.
pub(crate) fn extension(name: &str) -> String {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default();
    extension.to_ascii_lowercase()
}
