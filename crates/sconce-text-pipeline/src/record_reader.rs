//! Rows with all their columns, one after the other.

mod objects;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
mod separated;

use std::fmt;
use std::iter::FusedIterator;
use std::path::Path;

use crate::corpus::{Format, ReadOptions, TableKind};
use crate::error::{Error, Result};
use crate::example_reader::ExampleReader;
use crate::qa_corpus::QaReadOptions;
use crate::qa_reader::QaReader;
use crate::record::Record;
use crate::rows::{Found, RowStream, Rows};
use crate::tagged_corpus::TagReadOptions;
use crate::tagged_reader::TaggedReader;
use crate::text_source::{TextSource, extension};

/// Reads the rows of a file with all their columns, in memory that does not depend on its size.
///
/// Every format that [`ExampleReader`], [`TaggedReader`] and [`QaReader`] know is read; the ending
/// of the file name tells which, unless the options name a [`Format`]. Of formats without columns
/// the rows are those of [`Example::to_record`](crate::Example::to_record) and its like. Labels
/// need not be there.
pub struct RecordReader {
    rows: RowStream<Record>,
    columns: Vec<String>,
    format: &'static str,
}

impl RecordReader {
    /// Opens a file, or a folder of texts.
    ///
    /// # Errors
    /// If the file cannot be read or has no known format.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        if !path.exists() {
            return Err(Error::FileMissing { path: name });
        }
        let opened = match options.format {
            None if !path.is_dir() => match extension(&name).as_str() {
                "conll" | "conllu" | "bio" | "iob" | "iob2" => tagged(path, options)?,
                "json" => questions(path, options)?,
                _ => examples(path, Format::from_name(&name)?, options)?,
            },
            Some(format) if !path.is_dir() => examples(path, format, options)?,
            _ => examples(path, Format::Folder, options)?,
        };
        let rows = RowStream::new(opened.rows, name, opened.has_header);
        Ok(Self { rows, columns: opened.columns, format: opened.format })
    }

    /// What the file is called in errors.
    pub fn name(&self) -> &str {
        self.rows.name()
    }

    /// The name of the format: `csv`, `tsv`, `jsonl`, `lines`, `paragraphs`, `document`,
    /// `parquet`, `folder`, `conll`, `conllu` or `squad`.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// The names of the columns: all of a table, and those of the first row of other formats.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// File and line of the row given last, for errors.
    pub fn place(&self) -> String {
        self.rows.place()
    }
}

impl Iterator for RecordReader {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        self.rows.next()
    }
}

impl FusedIterator for RecordReader {}

impl fmt::Debug for RecordReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = out.debug_struct("RecordReader");
        out.field("name", &self.name()).field("format", &self.format).finish_non_exhaustive()
    }
}

/// The rows of a file and what is known about them.
struct Opened {
    rows: Box<dyn Rows<Record>>,
    columns: Vec<String>,
    format: &'static str,
    has_header: bool,
}

fn examples(path: &Path, format: Format, options: &ReadOptions) -> Result<Opened> {
    let source = || TextSource::open(path, options.source());
    let name = format.name();
    let opened = |rows: Box<dyn Rows<Record>>, columns, has_header| {
        Ok(Opened { rows, columns, format: name, has_header })
    };
    match format {
        Format::Csv | Format::Tsv => {
            let kind = if format == Format::Csv { TableKind::Csv } else { TableKind::Tsv };
            let (rows, columns) = separated::open(source()?, kind, options)?;
            opened(Box::new(rows), columns, options.header)
        }
        Format::Jsonl => {
            let (rows, columns) = objects::open(source()?)?;
            opened(Box::new(rows), columns, false)
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let rows = parquet::Table::open(path)?;
            let columns = rows.columns().to_vec();
            opened(Box::new(rows), columns, false)
        }
        _ => {
            let labels = crate::corpus::Need::Optional;
            let options = ReadOptions { labels, format: Some(format), ..options.clone() };
            let reader = ExampleReader::open(path, &options)?;
            wrapped(reader, |example| example.to_record(), |reader| reader.place(), name)
        }
    }
}

fn tagged(path: &Path, options: &ReadOptions) -> Result<Opened> {
    let options = TagReadOptions {
        token_column: options.text_column.clone(),
        tag_column: options.label_column.clone(),
        lossy: options.lossy,
        tags: crate::corpus::Need::Optional,
        ..TagReadOptions::default()
    };
    let is_conllu = extension(&path.display().to_string()) == "conllu";
    let format = if is_conllu { "conllu" } else { "conll" };
    let reader = TaggedReader::open(path, &options)?;
    wrapped(reader, |sentence| sentence.to_record(), |reader| reader.place(), format)
}

fn questions(path: &Path, options: &ReadOptions) -> Result<Opened> {
    let answers = crate::corpus::Need::Optional;
    let options = QaReadOptions { lossy: options.lossy, answers, ..QaReadOptions::default() };
    let reader = QaReader::open(path, &options)?;
    wrapped(reader, |question| question.to_record(), |reader| reader.place(), "squad")
}

/// Rows that another reader makes.
struct Wrapped<R, F, P> {
    reader: R,
    first: Option<(Record, String)>,
    to_record: F,
    place: P,
}

fn wrapped<R, T, F, P>(
    mut reader: R,
    to_record: F,
    place: P,
    format: &'static str,
) -> Result<Opened>
where
    R: Iterator<Item = Result<T>> + Send + 'static,
    F: Fn(T) -> Record + Send + 'static,
    P: Fn(&R) -> String + Send + 'static,
{
    let first = reader.next().transpose()?.map(&to_record);
    let columns = first.iter().flat_map(|record| record.keys().cloned()).collect();
    let first = first.map(|record| (record, place(&reader)));
    let rows = Box::new(Wrapped { reader, first, to_record, place });
    Ok(Opened { rows, columns, format, has_header: false })
}

impl<R, T, F, P> Rows<Record> for Wrapped<R, F, P>
where
    R: Iterator<Item = Result<T>> + Send,
    F: Fn(T) -> Record + Send,
    P: Fn(&R) -> String + Send,
{
    fn more(&mut self, found: &mut Found<Record>) -> Result<bool> {
        if let Some((record, place)) = self.first.take() {
            found.add(0, record);
            found.files.push(place);
        }
        while found.rows.len() < 256 {
            let Some(row) = self.reader.next() else { return Ok(false) };
            let record = (self.to_record)(row?);
            found.add(0, record);
            found.files.push((self.place)(&self.reader));
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
