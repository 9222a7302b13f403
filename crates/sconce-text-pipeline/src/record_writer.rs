//! Writing data sets: what is written here, the readers of this crate read back equal.

mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod separated;
mod squad;
mod tagged;

use std::path::Path;

use serde_json::Value;

use crate::corpus::Example;
use crate::error::{DataError, Error, Result};
use crate::out_file::OutFile;
use crate::qa_corpus::QaExample;
use crate::record::Record;
use crate::tagged_corpus::TaggedSentence;
use crate::text_source::extension;

const ENDINGS: &str = ".csv, .tsv, .jsonl, .txt, .parquet, .conll, .conllu or .json (SQuAD)";

/// How a data set is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOptions {
    /// Whether tables of text begin with the names of their columns; they do by default.
    pub header: bool,
    /// What stands between the items of a list in a field of a table of text; `|` by default.
    pub separator: char,
    /// Make spaces of tabs and line ends where a format cannot hold them (`.tsv`, `.txt`), in
    /// place of an error; false by default.
    pub flatten: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { header: true, separator: '|', flatten: false }
    }
}

/// Writes rows to a file, which is there when [`finish`](Self::finish) returns and not before.
///
/// The ending of the name tells the format, and `.gz` or `.zst` after it that it is packed
/// (feature `compression`):
///
/// - `.csv`, `.tsv`: the columns that were named; lists become one field. A TSV field cannot hold
///   tabs and line ends.
/// - `.jsonl`: each row as it is, with all its columns.
/// - `.txt`: a text a line, after `__label__` and each label if the rows have `label` or `labels`.
///   A line holds no line end, and loses white space at its ends.
/// - `.parquet` (feature `parquet`): columns of strings, whole numbers, numbers, truth values and
///   lists of strings, as the first rows have them.
/// - `.conll`, `.conllu`: `tokens` and `tags`. `.json`: SQuAD's, of `id`, `question`, `context`,
///   `answers` and `is_impossible`.
///
/// ```no_run
/// use sconce_text_pipeline::{ReadOptions, RecordReader, RecordWriter, WriteOptions};
///
/// let rows = RecordReader::open("reviews.csv.gz", &ReadOptions::default())?;
/// let columns = rows.columns().to_vec();
/// let mut out = RecordWriter::create("reviews.parquet", &columns, &WriteOptions::default())?;
/// for row in rows {
///     out.write(&row?)?;
/// }
/// out.finish()?;
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
pub struct RecordWriter {
    format: Box<dyn Write>,
    n_written: usize,
}

/// Writes one format.
trait Write: Send {
    /// Writes a row, whose number from one is for errors.
    fn write(&mut self, record: &Record, row: usize) -> Result<()>;

    fn finish(self: Box<Self>) -> Result<()>;
}

impl RecordWriter {
    /// Begins a file. `columns` are those of tables, in their order; other columns of rows are left
    /// out of them.
    ///
    /// # Errors
    /// If the ending is not known, the file cannot be made, or its format cannot hold the columns.
    pub fn create(
        path: impl AsRef<Path>,
        columns: &[String],
        options: &WriteOptions,
    ) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let extension = extension(&name);
        let out = |path| OutFile::create(path);
        let format: Box<dyn Write> = match extension.as_str() {
            "csv" => Box::new(separated::Separated::new(out(path)?, b',', columns, options)?),
            "tsv" => Box::new(separated::Separated::new(out(path)?, b'\t', columns, options)?),
            "jsonl" => Box::new(lines::Objects { out: out(path)? }),
            "txt" => Box::new(lines::Lines::new(path, columns, options)?),
            "conll" => Box::new(tagged::Tagged::new(path, columns, tagged::Form::Conll)?),
            "conllu" => Box::new(tagged::Tagged::new(path, columns, tagged::Form::Conllu)?),
            "json" => Box::new(squad::Squad::new(path, columns)?),
            "parquet" => parquet_writer(path, columns)?,
            _ => {
                return Err(Error::UnknownFormat { path: name, extension, known: ENDINGS });
            }
        };
        Ok(Self { format, n_written: 0 })
    }

    /// Writes a row. After an error the file is not to be finished.
    ///
    /// # Errors
    /// If the format cannot hold a value, or the file cannot be written.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        self.format.write(record, self.n_written + 1)?;
        self.n_written += 1;
        Ok(())
    }

    /// The number of rows written so far.
    pub fn n_written(&self) -> usize {
        self.n_written
    }

    /// Puts the file in its place, over what was there. Without this nothing is left of it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(self) -> Result<()> {
        self.format.finish()
    }
}

impl std::fmt::Debug for RecordWriter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RecordWriter").field("n_written", &self.n_written).finish_non_exhaustive()
    }
}

#[cfg(feature = "parquet")]
fn parquet_writer(path: &Path, columns: &[String]) -> Result<Box<dyn Write>> {
    Ok(Box::new(parquet::Table::new(OutFile::create(path)?, columns)))
}

#[cfg(not(feature = "parquet"))]
fn parquet_writer(path: &Path, _: &[String]) -> Result<Box<dyn Write>> {
    Err(Error::FeatureMissing { file: path.display().to_string(), feature: "parquet" })
}

/// Writes examples, all of which have the columns of the first; see [`RecordWriter`].
///
/// # Errors
/// If there is no example, or as [`RecordWriter`].
pub fn write_examples<'a>(
    path: impl AsRef<Path>,
    examples: impl IntoIterator<Item = &'a Example>,
    options: &WriteOptions,
) -> Result<()> {
    // Of the first rows, for a row may have several labels or none.
    write_all(path.as_ref(), examples.into_iter().map(Example::to_record), options)
}

/// Writes tagged sentences; see [`RecordWriter`].
///
/// # Errors
/// If there is no sentence, or as [`RecordWriter`].
pub fn write_sentences<'a>(
    path: impl AsRef<Path>,
    sentences: impl IntoIterator<Item = &'a TaggedSentence>,
    options: &WriteOptions,
) -> Result<()> {
    write_all(path.as_ref(), sentences.into_iter().map(TaggedSentence::to_record), options)
}

/// Writes questions; see [`RecordWriter`].
///
/// # Errors
/// If there is no question, or as [`RecordWriter`].
pub fn write_questions<'a>(
    path: impl AsRef<Path>,
    questions: impl IntoIterator<Item = &'a QaExample>,
    options: &WriteOptions,
) -> Result<()> {
    write_all(path.as_ref(), questions.into_iter().map(QaExample::to_record), options)
}

fn write_all(
    path: &Path,
    records: impl Iterator<Item = Record>,
    options: &WriteOptions,
) -> Result<()> {
    const N_JUDGED: usize = 1000;
    let mut records = records.peekable();
    let mut first = Vec::new();
    while first.len() < N_JUDGED && records.peek().is_some() {
        first.extend(records.next());
    }
    let mut columns: Vec<String> = Vec::new();
    for name in first.iter().flat_map(Record::keys) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    if columns.is_empty() {
        return Err(Error::NoRows { path: path.display().to_string(), header: false });
    }
    let mut out = RecordWriter::create(path, &columns, options)?;
    for record in first.into_iter().chain(records) {
        out.write(&record)?;
    }
    out.finish()
}

/// What cannot be said in a format, at one place of a file.
fn not_held(out: &OutFile, row: usize, column: &str, reason: &'static str) -> Error {
    let path = out.path().display().to_string();
    DataError::NotHeld { path, row, column: column.to_owned(), reason }.into()
}

/// A value as it stands in a field: a list with its items in one line, an object as JSON.
fn field(value: Option<&Value>, separator: char) -> Option<String> {
    Some(match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items))
            if items.iter().all(|item| !item.is_array() && !item.is_object()) =>
        {
            let items: Vec<String> =
                items.iter().map(|item| field(Some(item), separator)).collect::<Option<_>>()?;
            if items.iter().any(|item| item.contains(separator)) {
                return None;
            }
            items.join(&separator.to_string())
        }
        Some(other) => other.to_string(),
    })
}

/// A list of strings.
fn strings(value: Option<&Value>) -> Option<Vec<&str>> {
    value?.as_array()?.iter().map(Value::as_str).collect()
}

#[cfg(test)]
mod tests;
