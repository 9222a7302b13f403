//! Where text and label stand in a data file.

use clap::Args;
use sconce_text_pipeline::{Need, ReadOptions};
use serde::Serialize;

/// Where text and label stand in a data file.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(
    next_help_heading = "Data files (.csv .tsv .jsonl .txt; tag: .conll .conllu .jsonl; qa: SQuAD .json .jsonl)"
)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnOptions {
    /// Column of the text [default: guessed from the header]
    #[arg(long, value_name = "NAME")]
    pub text_column: Option<String>,
    /// Column of the second text of a pair [default: guessed from the header]
    #[arg(long, value_name = "NAME")]
    pub pair_column: Option<String>,
    /// Column of the label [default: guessed from the header]
    #[arg(long, value_name = "NAME")]
    pub label_column: Option<String>,
    /// The first line is data; columns are numbers from 1
    #[arg(long)]
    pub no_header: bool,
    /// Replace bytes that are not UTF-8 by U+FFFD
    #[arg(long)]
    pub lossy: bool,
}

impl ColumnOptions {
    /// How to read a file of which every row must have a label, or need not.
    pub fn read_options(&self, labels: Need) -> ReadOptions {
        ReadOptions {
            text_column: self.text_column.clone(),
            pair_column: self.pair_column.clone(),
            label_column: self.label_column.clone(),
            header: !self.no_header,
            lossy: self.lossy,
            labels,
            ..ReadOptions::default()
        }
    }
}
