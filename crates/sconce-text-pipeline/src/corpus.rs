//! Reading data sets of texts, pairs and documents: CSV, TSV, JSON lines, plain and fastText's lines.
//!
//! Every error names its line. A byte order mark is skipped, and lines may end as on Unix or on
//! Windows. What reads a format gives rows, some at a time: see `rows`.

mod columns;
mod csv;
mod field;
mod folder;
mod jsonl;
mod lines;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod table;

use std::io::Read;
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::{DataError, Error, Result};
use crate::example_reader::ExampleReader;
use crate::labels::Labels;
use crate::rows::{Found, Rows};
use crate::targets::Targets;
use crate::text_file::read_all;
use crate::text_source::TextSource;

pub use columns::ColumnNames;
pub(crate) use columns::{find_name, guess_roles};
pub(crate) use field::number;
pub use options::{Format, LabelKind, Need, ReadOptions};
pub(crate) use table::{Kind as TableKind, Table};

/// A text, perhaps with others beside it, perhaps with labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Example {
    /// The text; it may be empty.
    pub text: String,
    /// The second text of a pair.
    pub pair: Option<String>,
    /// Texts that do not go with the first one.
    pub negatives: Vec<String>,
    /// The label as it stands in the file: a class, or a number.
    pub label: Option<String>,
    /// The labels, where a row may have several ([`LabelKind::Several`]).
    pub labels: Vec<String>,
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
    name: String,
    /// The line of each example, for errors; empty for examples that come from no file.
    lines: Vec<usize>,
    /// The file of each example, of a folder of texts.
    files: Vec<String>,
}

/// The rows of a file, and the columns that are read of it if it has columns.
pub(crate) struct Opened {
    pub(crate) rows: Box<dyn Rows<Example>>,
    pub(crate) columns: Option<ColumnNames>,
}

impl Opened {
    fn new(rows: impl Rows<Example> + 'static, columns: Option<ColumnNames>) -> Self {
        Self { rows: Box::new(rows), columns }
    }
}

/// Opens a format that is text.
pub(crate) fn text(source: TextSource, format: Format, options: &ReadOptions) -> Result<Opened> {
    let options = options.clone();
    match format {
        Format::Csv => csv::open(source, table::Kind::Csv, options),
        Format::Tsv => csv::open(source, table::Kind::Tsv, options),
        Format::Jsonl => jsonl::open(source, options),
        Format::Lines => Ok(Opened::new(lines::Lines::new(source, options), None)),
        Format::Paragraphs => Ok(Opened::new(lines::Paragraphs::new(source), None)),
        Format::Document => Ok(Opened::new(lines::Document::new(source), None)),
        Format::Parquet | Format::Folder => {
            Err(DataError::NotAStream { path: source.name().to_owned() }.into())
        }
    }
}

/// An object read the careful way, to compare the quick way with.
#[cfg(test)]
pub(crate) fn careful(line: &str, keys: &ColumnNames, options: &ReadOptions) -> Result<Example> {
    jsonl::example(crate::json_lines::Object::parse(line, "f.jsonl", 2)?, keys, options, "f.jsonl")
}

/// Opens a folder of texts.
pub(crate) fn folder(path: &Path, options: &ReadOptions) -> Result<Opened> {
    Ok(Opened::new(folder::Folder::new(path, options)?, None))
}

/// Opens a table of typed columns.
#[cfg(feature = "parquet")]
pub(crate) fn parquet(path: &Path, options: &ReadOptions) -> Result<Opened> {
    parquet::open(path, options)
}

/// Opens a table of typed columns.
#[cfg(not(feature = "parquet"))]
pub(crate) fn parquet(path: &Path, _: &ReadOptions) -> Result<Opened> {
    Err(Error::FeatureMissing { file: path.display().to_string(), feature: "parquet" })
}

impl Corpus {
    /// Reads a file whole; unless the options say otherwise its ending names the format.
    /// [`ExampleReader`] reads it row by row.
    ///
    /// # Errors
    /// If the file cannot be read, or a row is not as its format wants it.
    pub fn read(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        Self::from_rows(ExampleReader::open(path, options)?)
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_reader(reader: impl Read, name: &str, options: &ReadOptions) -> Result<Self> {
        // Before a large file of no known format is read.
        options.format.map_or_else(|| Format::from_name(name), Ok)?;
        Self::from_rows(ExampleReader::from_reader(read_all(reader, name)?, name, options)?)
    }

    fn from_rows(reader: ExampleReader) -> Result<Self> {
        let name = reader.name().to_owned();
        let (Found { rows: examples, lines, files }, columns) = reader.read_to_end()?;
        Ok(Self { examples, columns, name, lines, files })
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

    /// Both texts of each example, if all have two.
    pub fn pairs(&self) -> Option<Vec<(&str, &str)>> {
        self.examples.iter().map(|e| Some((e.text.as_str(), e.pair.as_deref()?))).collect()
    }

    /// The label of each example, if all have one.
    pub fn labels(&self) -> Option<Vec<&str>> {
        self.examples.iter().map(|example| example.label.as_deref()).collect()
    }

    /// The labels of each example, where a row may have several.
    pub fn label_sets(&self) -> Vec<&[String]> {
        self.examples.iter().map(|example| example.labels.as_slice()).collect()
    }

    /// The class of each example.
    ///
    /// # Errors
    /// If one has no label, or one that is not among `labels`; with file and line.
    pub fn classes(&self, labels: &Labels) -> Result<Targets> {
        let class = |(row, example): (usize, &Example)| {
            let label = example.label.as_deref();
            let label = label.ok_or_else(|| Error::NoLabel { place: self.place(row) })?;
            labels.id(label).map_err(|error| error.at(self.place(row)))
        };
        self.examples.iter().enumerate().map(class).collect::<Result<_>>().map(Targets::Classes)
    }

    /// The classes of each example, where a row may have several.
    ///
    /// # Errors
    /// If a label is not among `labels`; with file and line.
    pub fn multi_hot(&self, labels: &Labels) -> Result<Targets> {
        let mut values = vec![0.; self.examples.len() * labels.len()];
        for (row, example) in self.examples.iter().enumerate() {
            for label in &example.labels {
                let id = labels.id(label).map_err(|error| error.at(self.place(row)))?;
                values[row * labels.len() + id as usize] = 1.;
            }
        }
        Ok(Targets::MultiHot { n_labels: labels.len(), values })
    }

    /// The label of each example as a number.
    ///
    /// # Errors
    /// If one has no label, or one that is no finite number; with file and line.
    pub fn numbers(&self) -> Result<Targets> {
        let number = |(row, example): (usize, &Example)| {
            let label = example.label.as_deref();
            let label = label.ok_or_else(|| Error::NoLabel { place: self.place(row) })?;
            number(label)
                .ok_or_else(|| Error::NotANumber { place: self.place(row), label: label.into() })
        };
        self.examples.iter().enumerate().map(number).collect::<Result<_>>().map(Targets::Numbers)
    }

    /// File and line of an example, or its number if it comes from no file.
    pub fn place(&self, row: usize) -> String {
        match (self.files.get(row), self.lines.get(row)) {
            (Some(file), _) => file.clone(),
            (None, Some(line)) => format!("{}:{line}", self.name),
            (None, None) => format!("row {row}"),
        }
    }
}

impl From<Vec<Example>> for Corpus {
    fn from(examples: Vec<Example>) -> Self {
        Self { examples, ..Self::default() }
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

#[cfg(test)]
mod tests;
