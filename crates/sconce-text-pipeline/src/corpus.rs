//! Reading data sets of texts, pairs and documents: CSV, TSV, JSON lines, plain and fastText's lines.
//!
//! A file is read whole and checked to be UTF-8 first, so every error can name its line. A byte
//! order mark is skipped, and lines may end as on Unix or on Windows.

mod columns;
mod csv;
mod field;
mod jsonl;
mod lines;
mod options;

use std::io::Read;
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::targets::Targets;
use crate::text_file::TextFile;

pub use columns::ColumnNames;
pub(crate) use columns::find_name;
pub(crate) use field::number;
pub use options::{Format, LabelKind, Need, ReadOptions};

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
}

/// What a reader found.
#[derive(Debug, Default)]
struct Rows {
    examples: Vec<Example>,
    lines: Vec<usize>,
    columns: Option<ColumnNames>,
}

impl Corpus {
    /// Reads a file; unless the options say otherwise its ending names the format.
    pub fn read(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        if !path.exists() {
            return Err(Error::FileMissing { path: name });
        }
        // Before a large file of no known format is read.
        let format = options.format.map_or_else(|| Format::from_name(&name), Ok)?;
        Self::from_text(&TextFile::open(path, options.lossy)?, format, options)
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    pub fn from_reader(reader: impl Read, name: &str, options: &ReadOptions) -> Result<Self> {
        let format = options.format.map_or_else(|| Format::from_name(name), Ok)?;
        Self::from_text(&TextFile::from_reader(reader, name, options.lossy)?, format, options)
    }

    fn from_text(file: &TextFile, format: Format, options: &ReadOptions) -> Result<Self> {
        let rows = match format {
            Format::Csv => csv::read(file, csv::Kind::Csv, options)?,
            Format::Tsv => csv::read(file, csv::Kind::Tsv, options)?,
            Format::Jsonl => jsonl::read(file, options)?,
            Format::Lines => lines::read(file, options)?,
            Format::Paragraphs => lines::paragraphs(file),
            Format::Document => lines::document(file),
        };
        let name = file.name.clone();
        if rows.examples.is_empty() {
            let has_columns = matches!(format, Format::Csv | Format::Tsv);
            return Err(Error::NoRows { path: name, header: has_columns && options.header });
        }
        Ok(Self { examples: rows.examples, columns: rows.columns, name, lines: rows.lines })
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
        match self.lines.get(row) {
            Some(line) => format!("{}:{line}", self.name),
            None => format!("row {row}"),
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
