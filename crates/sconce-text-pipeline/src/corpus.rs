//! Reading data sets: CSV, TSV, JSON lines, plain lines and fastText's labelled lines.
//!
//! A file is read whole and checked to be UTF-8 first, so every error can name its line. A byte
//! order mark is skipped, and lines may end as on Unix or on Windows.

mod columns;
mod csv;
mod jsonl;
mod lines;
mod options;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::{Error, Result};

pub use columns::ColumnNames;
pub use options::{Format, Need, ReadOptions};

/// A text, perhaps with a second one beside it, perhaps with a label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Example {
    /// The text; it may be empty.
    pub text: String,
    /// The second text of a pair.
    pub pair: Option<String>,
    /// The label as it stands in the file.
    pub label: Option<String>,
}

/// The examples of one file, in its order.
///
/// ```
/// use sconce_text_pipeline::{Corpus, Format, ReadOptions};
///
/// let options = ReadOptions { format: Some(Format::Csv), ..ReadOptions::default() };
/// let corpus = Corpus::from_reader("text,label\n\"a film, fine\",pos\n".as_bytes(), "-", &options)?;
/// assert_eq!(corpus.texts(), ["a film, fine"]);
/// assert_eq!(corpus.labels(), Some(vec!["pos"]));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Corpus {
    examples: Vec<Example>,
    columns: Option<ColumnNames>,
}

impl Corpus {
    /// Reads a file; unless the options say otherwise its ending names the format.
    pub fn read(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let name = path.as_ref().display().to_string();
        let file = File::open(path).map_err(|source| Error::io(&name, source))?;
        // Before a large file of no known format is read.
        options.format.map_or_else(|| Format::from_name(&name), Ok)?;
        Self::from_reader(file, &name, options)
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    pub fn from_reader(mut reader: impl Read, name: &str, options: &ReadOptions) -> Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|source| Error::io(name, source))?;
        Self::from_bytes(&bytes, name, options)
    }

    fn from_bytes(bytes: &[u8], name: &str, options: &ReadOptions) -> Result<Self> {
        let format = options.format.map_or_else(|| Format::from_name(name), Ok)?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if bytes.is_empty() {
            return Err(Error::EmptyFile { path: name.to_owned() });
        }
        let text = decode(bytes, name, options.lossy)?;
        let (examples, columns) = match format {
            Format::Csv => csv::read(&text, csv::Kind::Csv, name, options)?,
            Format::Tsv => csv::read(&text, csv::Kind::Tsv, name, options)?,
            Format::Jsonl => jsonl::read(&text, name, options)?,
            Format::Lines => (lines::read(&text, name, options)?, None),
        };
        if examples.is_empty() {
            let has_columns = matches!(format, Format::Csv | Format::Tsv);
            return Err(Error::NoRows {
                path: name.to_owned(),
                header: has_columns && options.header,
            });
        }
        Ok(Self { examples, columns })
    }

    /// The columns that were read, of a file that has columns.
    pub fn columns(&self) -> Option<&ColumnNames> {
        self.columns.as_ref()
    }

    /// The examples in the order of the file.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The examples, to own and change.
    pub fn into_examples(self) -> Vec<Example> {
        self.examples
    }

    /// The text of each example.
    pub fn texts(&self) -> Vec<&str> {
        self.examples.iter().map(|example| example.text.as_str()).collect()
    }

    /// The label of each example, if all have one.
    pub fn labels(&self) -> Option<Vec<&str>> {
        self.examples.iter().map(|example| example.label.as_deref()).collect()
    }
}

impl From<Vec<Example>> for Corpus {
    fn from(examples: Vec<Example>) -> Self {
        Self { examples, columns: None }
    }
}

impl Dataset for Corpus {
    type Item<'a> = &'a Example;

    fn len(&self) -> usize {
        self.examples.len()
    }

    fn get(&self, index: usize) -> Option<&Example> {
        self.examples.get(index)
    }
}

fn decode<'a>(bytes: &'a [u8], name: &str, lossy: bool) -> Result<Cow<'a, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if lossy => Ok(String::from_utf8_lossy(bytes)),
        Err(error) => Err(Error::InvalidUtf8 {
            path: name.to_owned(),
            line: line_at(bytes, error.valid_up_to()),
        }),
    }
}

/// The number, from one, of the line that holds the byte at `at`.
fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &bytes[..at.min(bytes.len())]).count()
}

/// The label of a row, or an error if it is blank though one is needed.
fn label_of(
    field: Option<&str>,
    need: Need,
    missing: impl FnOnce() -> Error,
) -> Result<Option<String>> {
    match field.map(str::trim).filter(|label| !label.is_empty()) {
        Some(label) => Ok(Some(label.to_owned())),
        None if need == Need::Optional => Ok(None),
        None => Err(missing()),
    }
}

#[cfg(test)]
mod tests;
