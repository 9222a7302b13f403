//! Examples one after the other, out of files of any size, in bounded memory.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;

use crate::corpus::{self, ColumnNames, Example, Format, Opened, ReadOptions};
use crate::error::{DataError, Error, Result};
use crate::rows::{Found, RowStream, Rows};
use crate::text_source::TextSource;

/// Reads the examples of a file, or of a folder of texts, in their order.
///
/// The file may be packed with gzip or zstd (feature `compression`). What is in memory does not
/// depend on its size, but on its longest record. After an error there is nothing more to come; a
/// file without any row is an error as well.
///
/// ```
/// use sconce_text_pipeline::{ExampleReader, ReadOptions};
///
/// let csv = "text,label\n\"a film, fine\",pos\ndull,neg\n";
/// let reader = ExampleReader::from_reader(csv.as_bytes(), "a.csv", &ReadOptions::default())?;
/// assert_eq!(reader.columns().unwrap().text, "text");
/// for example in reader {
///     assert!(example?.label.is_some());
/// }
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
pub struct ExampleReader {
    rows: RowStream<Example>,
    format: Format,
    columns: Option<ColumnNames>,
}

impl ExampleReader {
    /// Opens a file; unless the options say otherwise its ending names the format. A folder holds
    /// texts: see [`Format::Folder`].
    ///
    /// # Errors
    /// If the file cannot be read, has no known format, or not the columns that it should have.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        if !path.exists() {
            return Err(Error::FileMissing { path: name });
        }
        let format = match options.format {
            _ if path.is_dir() => Format::Folder,
            Some(format) => format,
            None => Format::from_name(&name)?,
        };
        let opened = match format {
            Format::Folder => corpus::folder(path, options)?,
            Format::Parquet => corpus::parquet(path, options)?,
            _ => corpus::text(TextSource::open(path, options.source())?, format, options)?,
        };
        Ok(Self::new(opened, name, format, options))
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self> {
        let format = options.format.map_or_else(|| Format::from_name(name), Ok)?;
        let source = TextSource::from_reader(reader, name, options.source())?;
        Self::from_source(source, format, options)
    }

    pub(crate) fn from_source(
        source: TextSource,
        format: Format,
        options: &ReadOptions,
    ) -> Result<Self> {
        let name = source.name().to_owned();
        Ok(Self::new(corpus::text(source, format, options)?, name, format, options))
    }

    /// A reader of a layout of its own, which is like `format`.
    pub(crate) fn of_rows(
        rows: impl Rows<Example> + 'static,
        name: String,
        format: Format,
    ) -> Self {
        Self { rows: RowStream::new(Box::new(rows), name, false), format, columns: None }
    }

    /// Changes each example, or leaves it out; a reason against it becomes an error with its place.
    pub(crate) fn map_examples(
        self,
        change: impl Fn(Example) -> Result<Option<Example>, String> + Send + 'static,
    ) -> Self {
        let (name, format) = (self.name().to_owned(), self.format);
        Self::of_rows(Changed { reader: self, change }, name, format)
    }

    fn new(opened: Opened, name: String, format: Format, options: &ReadOptions) -> Self {
        let header = matches!(format, Format::Csv | Format::Tsv) && options.header;
        Self { rows: RowStream::new(opened.rows, name, header), format, columns: opened.columns }
    }

    /// What the file is called in errors.
    pub fn name(&self) -> &str {
        self.rows.name()
    }

    /// The format that is read.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The columns that are read, of a file that has columns.
    pub fn columns(&self) -> Option<&ColumnNames> {
        self.columns.as_ref()
    }

    /// The number of examples given so far.
    pub fn n_read(&self) -> usize {
        self.rows.n_read()
    }

    /// The line, from one, of the example given last; its number in formats without lines.
    pub fn line(&self) -> usize {
        self.rows.line()
    }

    /// File and line of the example given last, for errors.
    pub fn place(&self) -> String {
        self.rows.place()
    }

    /// The next examples, as many as are at hand (a thousand or so) but at least one; none at the
    /// end. Cheaper than one by one.
    ///
    /// # Errors
    /// If a row is not as its format wants it.
    pub fn next_batch(&mut self) -> Result<Option<Vec<Example>>> {
        self.rows.next_batch()
    }

    pub(crate) fn read_to_end(self) -> Result<(Found<Example>, Option<ColumnNames>)> {
        Ok((self.rows.read_to_end()?, self.columns))
    }
}

/// Rows made of those of another reader.
struct Changed<F> {
    reader: ExampleReader,
    change: F,
}

impl<F> Rows<Example> for Changed<F>
where
    F: Fn(Example) -> Result<Option<Example>, String> + Send,
{
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        for _ in 0..256 {
            let Some(example) = self.reader.next() else { return Ok(false) };
            let changed = (self.change)(example?)
                .map_err(|reason| DataError::Layout { place: self.reader.place(), reason })?;
            if let Some(example) = changed {
                found.add(self.reader.line(), example);
                found.files.extend(self.reader.rows.file().map(str::to_owned));
            }
        }
        Ok(true)
    }
}

impl Iterator for ExampleReader {
    type Item = Result<Example>;

    fn next(&mut self) -> Option<Result<Example>> {
        self.rows.next()
    }
}

impl FusedIterator for ExampleReader {}

impl fmt::Debug for ExampleReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = out.debug_struct("ExampleReader");
        out.field("name", &self.name()).field("format", &self.format).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
