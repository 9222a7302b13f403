//! Options of commands that read data sets with all their columns.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use sconce_text_pipeline::{Format, ReadOptions, RecordReader, WriteOptions};
use serde::Serialize;

use super::values::named;

/// How data sets are read.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordOptions {
    /// What the file holds: csv, tsv, jsonl, lines, paragraphs, document, parquet or folder
    /// [default: as its ending says]
    #[arg(long, value_name = "NAME", value_parser = named::<Format>(&["csv", "tsv", "jsonl", "lines", "paragraphs", "document", "parquet", "folder"]))]
    pub format: Option<Format>,
    /// The first line is data; columns are numbers from 1
    #[arg(long)]
    pub no_header: bool,
    /// Replace bytes that are not UTF-8 by U+FFFD
    #[arg(long)]
    pub lossy: bool,
}

impl RecordOptions {
    /// How to read a file.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions {
            format: self.format,
            header: !self.no_header,
            lossy: self.lossy,
            labels: sconce_text_pipeline::Need::Optional,
            ..ReadOptions::default()
        }
    }

    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read or has no known format.
    pub fn open(&self, path: &PathBuf) -> Result<RecordReader> {
        Ok(RecordReader::open(path, &self.read_options())?)
    }
}

/// How data sets are written.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct WritingOptions {
    /// Write these columns, in this order [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Write tables without a line of names
    #[arg(long)]
    pub no_names: bool,
    /// What stands between the items of a list in a field of .csv and .tsv
    #[arg(long, value_name = "CHAR", default_value_t = '|')]
    pub separator: char,
    /// Make spaces of tabs and line ends where a format cannot hold them (.tsv, .txt)
    #[arg(long)]
    pub flatten: bool,
}

impl WritingOptions {
    /// How to write a file.
    pub fn write_options(&self) -> WriteOptions {
        WriteOptions { header: !self.no_names, separator: self.separator, flatten: self.flatten }
    }

    /// The columns to write of those that there are.
    ///
    /// # Errors
    /// If one is not there.
    pub fn chosen(&self, reader: &RecordReader) -> Result<Vec<String>> {
        let known = reader.columns();
        if let Some(strange) = self.columns.iter().find(|name| !known.contains(name)) {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            let hint = crate::names::hint(strange, &names);
            bail!("{}: no column \"{strange}\"; {hint}", reader.name());
        }
        Ok(if self.columns.is_empty() { known.to_vec() } else { self.columns.clone() })
    }
}
