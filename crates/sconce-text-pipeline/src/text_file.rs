//! A file of text, read whole, where a format makes sense only as a whole.

use std::io::{self, Read};

use crate::error::{Error, Result};
use crate::text_source::TextSource;

/// The text of a file without its byte order mark, and what to call it in errors.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn from_source(source: TextSource) -> Result<Self> {
        Ok(Self { name: source.name().to_owned(), text: source.read_to_end()? })
    }
}

/// The bytes of a reader that may not outlive the call.
pub(crate) fn read_all(mut reader: impl Read, name: &str) -> Result<io::Cursor<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|source| Error::io(name, source))?;
    Ok(io::Cursor::new(bytes))
}
