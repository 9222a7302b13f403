//! The text of a file as it is needed: plain, gzip or zstd, known to be UTF-8, in bounded memory.
//!
//! Every reader of the crate takes its lines from here. A byte order mark is skipped; what is not
//! text is reported with its line and column.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::compression;
use crate::error::{DataError, Error, Result};

/// Bytes that are read at once, and handed on as one block of lines.
const BLOCK: usize = 1 << 20;

/// The longest line, or record of several lines, that is read unless an option says otherwise.
pub(crate) const MAX_RECORD_BYTES: usize = 256 << 20;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// A file of text that is being read.
pub(crate) struct TextSource {
    name: String,
    /// None when all has been read.
    reader: Option<Box<dyn Read + Send>>,
    buffer: Vec<u8>,
    /// The first byte of the buffer that is not consumed, and the number of its line, from one.
    start: usize,
    line: usize,
    settings: SourceSettings,
    /// The block that was handed out last, if its bytes had to be replaced.
    replaced: String,
}

/// How bytes become text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceSettings {
    /// Bytes that are not UTF-8, and NUL, become U+FFFD in place of an error.
    pub(crate) lossy: bool,
    /// The longest record.
    pub(crate) max_record_bytes: usize,
    /// Each byte is a character (ISO 8859-1), as in some old data sets.
    pub(crate) latin1: bool,
}

impl SourceSettings {
    pub(crate) fn new(lossy: bool) -> Self {
        Self { lossy, max_record_bytes: MAX_RECORD_BYTES, latin1: false }
    }
}

/// Whole lines, and the number of the first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

impl<'a> Block<'a> {
    /// The lines with their numbers, from one.
    pub(crate) fn lines(self) -> impl Iterator<Item = (usize, &'a str)> {
        (self.line..).zip(self.text.lines())
    }
}

impl TextSource {
    pub(crate) fn open(path: &Path, settings: SourceSettings) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| Error::io(&name, source))?;
        Self::from_reader(file, &name, settings)
    }

    /// Reads anything else; `name` stands for the path in errors. Nothing at all is an error.
    pub(crate) fn from_reader(
        reader: impl Read + Send + 'static,
        name: &str,
        settings: SourceSettings,
    ) -> Result<Self> {
        let mut reader = compression::decoder(Box::new(reader), name)?;
        if settings.latin1 {
            reader = Box::new(Latin1 { reader, rest: None });
        }
        let mut source = Self {
            name: name.to_owned(),
            reader: Some(reader),
            buffer: Vec::new(),
            start: 0,
            line: 1,
            settings,
            replaced: String::new(),
        };
        source.more()?;
        if source.buffer.starts_with(&[0xFF, 0xFE]) || source.buffer.starts_with(&[0xFE, 0xFF]) {
            return Err(DataError::Utf16 { path: name.to_owned() }.into());
        }
        if source.buffer.starts_with(MARK) {
            source.start = MARK.len();
        }
        if source.window().is_empty() {
            return Err(Error::EmptyFile { path: name.to_owned() });
        }
        Ok(source)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The number, from one, of the line at which the window begins.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// What has been read and not consumed.
    pub(crate) fn window(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether the window holds all that is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.reader.is_none()
    }

    /// Leaves out the first bytes of the window, and counts their lines.
    pub(crate) fn consume(&mut self, n_bytes: usize) {
        let end = (self.start + n_bytes).min(self.buffer.len());
        self.line += memchr::memchr_iter(b'\n', &self.buffer[self.start..end]).count();
        self.start = end;
    }

    /// Adds to the window; false if there is nothing left.
    pub(crate) fn more(&mut self) -> Result<bool> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        self.buffer.drain(..self.start);
        self.start = 0;
        // Doubled, so that a long record is not moved again for each block.
        let wanted = BLOCK.max(self.buffer.len());
        let before = self.buffer.len();
        self.buffer.reserve_exact(wanted);
        let got = reader.by_ref().take(wanted as u64).read_to_end(&mut self.buffer);
        got.map_err(|source| compression::error(&self.name, source))?;
        if self.buffer.len() < before + wanted {
            self.reader = None;
        }
        Ok(self.buffer.len() > before)
    }

    /// Adds to the window for a record that it does not hold whole.
    ///
    /// # Errors
    /// If the record is over the limit.
    pub(crate) fn more_of_record(&mut self) -> Result<bool> {
        self.check_length(self.window().len())?;
        self.more()
    }

    pub(crate) fn check_length(&self, n_bytes: usize) -> Result<()> {
        self.check_record(self.line, n_bytes)
    }

    /// As [`check_length`](Self::check_length), of a record that began at another line.
    pub(crate) fn check_record(&self, line: usize, n_bytes: usize) -> Result<()> {
        let limit = self.settings.max_record_bytes;
        match n_bytes > limit {
            false => Ok(()),
            true => Err(DataError::RecordTooLong { path: self.name.clone(), line, limit }.into()),
        }
    }

    /// The next whole lines, about a megabyte of them but at least one; none at the end.
    pub(crate) fn block(&mut self) -> Result<Option<Block<'_>>> {
        let mut searched = 0;
        let end = loop {
            let window = self.window();
            if let Some(end) = memchr::memrchr(b'\n', &window[searched..]) {
                break searched + end + 1;
            }
            searched = window.len();
            if self.is_at_end() {
                break searched;
            }
            self.more_of_record()?;
        };
        if end == 0 {
            return Ok(None);
        }
        if end > self.settings.max_record_bytes {
            self.check_lines(end)?;
        }
        let (start, line) = (self.start, self.line);
        self.consume(end);
        self.text(start..start + end, line).map(|text| Some(Block { text, line }))
    }

    /// The first line that is not blank, which stays to be read; blank ones before it are gone.
    pub(crate) fn first_line(&mut self) -> Result<Option<(usize, String)>> {
        loop {
            let Some(end) = memchr::memchr(b'\n', self.window()).map(|end| end + 1).or_else(|| {
                let is_last = self.is_at_end() && !self.window().is_empty();
                is_last.then(|| self.window().len())
            }) else {
                if self.is_at_end() {
                    return Ok(None);
                }
                self.more_of_record()?;
                continue;
            };
            let line = self.line;
            let text = self.text(self.start..self.start + end, line)?;
            if !text.trim().is_empty() {
                return Ok(Some((line, text.to_owned())));
            }
            self.consume(end);
        }
    }

    fn check_lines(&self, end: usize) -> Result<()> {
        let limit = self.settings.max_record_bytes;
        let too_long =
            self.window()[..end].split(|byte| *byte == b'\n').position(|line| line.len() > limit);
        match too_long {
            None => Ok(()),
            Some(at) => {
                let (path, line) = (self.name.clone(), self.line + at);
                Err(DataError::RecordTooLong { path, line, limit }.into())
            }
        }
    }

    /// Bytes of the buffer as text; `line` is that of the first.
    fn text(&mut self, range: std::ops::Range<usize>, line: usize) -> Result<&str> {
        let bytes = &self.buffer[range];
        let has_nul = memchr::memchr(0, bytes).is_some();
        if !self.settings.lossy && has_nul {
            return Err(not_text(bytes, &self.name, line));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if !has_nul => Ok(text),
            Err(_) if !self.settings.lossy => Err(not_text(bytes, &self.name, line)),
            _ => {
                self.replaced = replace(bytes);
                Ok(&self.replaced)
            }
        }
    }

    /// The first bytes of the window as a record of its own; they stay in the window.
    pub(crate) fn refuse(&self, n_bytes: usize) -> Error {
        not_text(&self.window()[..n_bytes], &self.name, self.line)
    }

    /// All that is left.
    pub(crate) fn read_to_end(mut self) -> Result<String> {
        while !self.is_at_end() {
            self.more()?;
        }
        let (start, end, line) = (self.start, self.buffer.len(), self.line);
        self.text(start..end, line)?;
        if !self.replaced.is_empty() {
            return Ok(self.replaced);
        }
        self.buffer.drain(..start);
        let name = self.name;
        String::from_utf8(self.buffer).map_err(|error| not_text(error.as_bytes(), &name, line))
    }
}

/// Text in which U+FFFD stands for what is none.
pub(crate) fn replace(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.contains('\0') {
        true => text.replace('\0', "\u{fffd}"),
        false => text.into_owned(),
    }
}

/// Says where bytes are not text; `line` is that of the first.
pub(crate) fn not_text(bytes: &[u8], path: &str, line: usize) -> Error {
    let invalid = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
    let nul = memchr::memchr(0, bytes);
    let at = invalid.into_iter().chain(nul).min().unwrap_or_default();
    let before = &bytes[..at];
    let line = line + memchr::memchr_iter(b'\n', before).count();
    let in_line = &before[memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)..];
    let column = 1 + String::from_utf8_lossy(in_line).chars().count();
    let path = path.to_owned();
    match bytes.get(at) {
        Some(0) => DataError::Nul { path, line, column }.into(),
        byte => {
            let byte = byte.copied().unwrap_or_default();
            Error::InvalidUtf8 { path, line, column, byte }
        }
    }
}

/// Makes UTF-8 of ISO 8859-1.
struct Latin1 {
    reader: Box<dyn Read + Send>,
    /// The second byte of a character whose first has been given.
    rest: Option<u8>,
}

impl Read for Latin1 {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if let (Some(rest), Some(first)) = (self.rest, out.first_mut()) {
            *first = rest;
            self.rest = None;
            return Ok(1);
        }
        let mut n_out = 0;
        // Each byte may become two.
        let mut bytes = vec![0; out.len().div_ceil(2)];
        let n_read = self.reader.read(&mut bytes)?;
        for byte in &bytes[..n_read] {
            let mut encoded = [0; 2];
            for byte in char::from(*byte).encode_utf8(&mut encoded).bytes() {
                match out.get_mut(n_out) {
                    Some(place) => {
                        *place = byte;
                        n_out += 1;
                    }
                    None => self.rest = Some(byte),
                }
            }
        }
        Ok(n_out)
    }
}

/// The ending of a file name, in small letters; that of a compressed file is the one before.
pub(crate) fn extension(name: &str) -> String {
    let ending = |path: &Path| {
        path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
    };
    let path = Path::new(name);
    match ending(path).as_str() {
        "gz" | "zst" => path.file_stem().map(|stem| ending(Path::new(stem))).unwrap_or_default(),
        extension => extension.to_owned(),
    }
}

#[cfg(test)]
mod tests;
