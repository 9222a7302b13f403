//! How a data set is to be read.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, nearest};
use crate::text_source::{MAX_RECORD_BYTES, SourceSettings, extension};

const ENDINGS: &str = ".csv, .tsv, .jsonl, .txt or .parquet";

/// The form of a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with `"` for quotes (`.csv`).
    Csv,
    /// Tab-separated values in which quotes mean nothing (`.tsv`).
    Tsv,
    /// One JSON object a line (`.jsonl`).
    Jsonl,
    /// One text a line, or fastText's `__label__x` and a text if the first line has that (`.txt`).
    Lines,
    /// Plain text in which blank lines part one text from the next.
    Paragraphs,
    /// One text, the whole file.
    Document,
    /// A table of typed columns (`.parquet`, feature `parquet`).
    Parquet,
    /// A folder with a `.txt` file for each text, in folders that are named for the classes (as
    /// IMDB's `train/pos/0_9.txt`), or without classes. Folders and files come in the order of
    /// their names, `2.txt` before `10.txt`; hidden ones are left out.
    Folder,
}

impl Format {
    const NAMES: &'static [&'static str] =
        &["csv", "tsv", "jsonl", "lines", "paragraphs", "document", "parquet", "folder"];

    /// The name of the format, as [`from_str`](FromStr::from_str) takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Lines => "lines",
            Self::Paragraphs => "paragraphs",
            Self::Document => "document",
            Self::Parquet => "parquet",
            Self::Folder => "folder",
        }
    }

    /// The format that the ending of a file name stands for, which `.gz` or `.zst` may follow.
    ///
    /// # Errors
    /// If the ending is not known.
    pub fn from_name(name: &str) -> Result<Self> {
        let extension = extension(name);
        match extension.as_str() {
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "jsonl" => Ok(Self::Jsonl),
            "txt" => Ok(Self::Lines),
            "parquet" => Ok(Self::Parquet),
            _ => Err(Error::UnknownFormat { path: name.to_owned(), extension, known: ENDINGS }),
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "jsonl" => Ok(Self::Jsonl),
            "lines" => Ok(Self::Lines),
            "paragraphs" => Ok(Self::Paragraphs),
            "document" => Ok(Self::Document),
            "parquet" => Ok(Self::Parquet),
            "folder" => Ok(Self::Folder),
            _ => Err(Error::UnknownName {
                kind: "format",
                name: name.to_owned(),
                known: Self::NAMES,
                nearest: nearest(name, Self::NAMES.iter().copied()),
            }),
        }
    }
}

/// Whether rows must have labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A missing label is an error.
    #[default]
    Required,
    /// Labels are read where there are any.
    Optional,
}

/// What a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelKind {
    /// The name of one class.
    #[default]
    Class,
    /// The names of any number of classes: a JSON list, fastText's `__label__` several times, or
    /// one field. A blank field means that none applies.
    Several {
        /// What stands between the names in a field.
        separator: char,
    },
    /// A finite number.
    Number,
}

/// How a data set is to be read.
///
/// Columns that are not named are guessed from the header where their names are plain (`text`,
/// `sentence`, `review`, ... and `label`, `sentiment`, `class`, ...), in any case. In a file of
/// two columns one of which is known, the other has the other role (a label only if labels are
/// required). A second text is never guessed from its name alone: it must belong to that of the
/// first (`sentence1` and `sentence2`).
///
/// Without a header columns are numbers from 1. If there are two and neither is chosen, the label
/// is the one with fewer distinct values in the first thousand rows, and at a tie the one with
/// fewer bytes. If pairs are needed the same holds of three columns, and where labels are numbers
/// only columns of numbers are candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// The column or JSON key of the text.
    pub text_column: Option<String>,
    /// The column or key of the second text of a pair.
    pub pair_column: Option<String>,
    /// The column or key of the label.
    pub label_column: Option<String>,
    /// The columns or keys of texts that do not go with the first; `negative`, `negative_1`, ...
    /// are found by their names.
    pub negative_columns: Vec<String>,
    /// Whether the first row names the columns; true by default.
    pub header: bool,
    /// Replace bytes that are not UTF-8 by U+FFFD in place of an error; false by default.
    pub lossy: bool,
    /// The format; by default the ending of the file name tells.
    pub format: Option<Format>,
    /// Whether rows must have labels; they must by default.
    pub labels: Need,
    /// What labels are: the name of one class by default.
    pub kind: LabelKind,
    /// Whether rows must have a second text; they need not by default.
    pub pairs: Need,
    /// The longest line or row, in bytes, as the bound of what is held in memory: 256 MiB by
    /// default. A whole document is not bound by it.
    pub max_record_bytes: usize,
}

impl ReadOptions {
    pub(crate) fn source(&self) -> SourceSettings {
        let max_record_bytes = self.max_record_bytes;
        SourceSettings { max_record_bytes, ..SourceSettings::new(self.lossy) }
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            text_column: None,
            pair_column: None,
            label_column: None,
            negative_columns: Vec::new(),
            header: true,
            lossy: false,
            format: None,
            labels: Need::Required,
            kind: LabelKind::Class,
            pairs: Need::Optional,
            max_record_bytes: MAX_RECORD_BYTES,
        }
    }
}
