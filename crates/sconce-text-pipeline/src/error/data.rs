//! What can go wrong with the files of data sets.

use std::io;

/// Why a data set could not be read, changed or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values quoted in the message beside them")]
pub enum DataError {
    /// A file in two-byte characters.
    #[error("{path}: the file is UTF-16; convert it to UTF-8")]
    Utf16 { path: String },

    /// A byte that no text has.
    #[error(
        "{path}:{line}: a NUL byte at column {column}; is this a text in UTF-8? Convert it, or replace bad bytes by U+FFFD with --lossy"
    )]
    Nul { path: String, line: usize, column: usize },

    /// A line, or a record of several lines, over the limit.
    #[error(
        "{path}:{line}: what begins here is longer than {limit} bytes; break the line, or raise max_record_bytes"
    )]
    RecordTooLong { path: String, line: usize, limit: usize },

    /// A compressed file without its end.
    #[error("{path}: the compressed file is cut short; copy or download it again")]
    PackedCutShort { path: String },

    /// A compressed file that is damaged.
    #[error("{path}: the compressed file is damaged: {reason}; copy or download it again")]
    PackedCorrupt { path: String, reason: String },

    /// A file that is not compressed as its ending says.
    #[error("{path}: the file is named as {packing} but is not; rename it, or make it again")]
    NotPacked { path: String, packing: &'static str },

    /// A folder without any text.
    #[error("{path}: no .txt file in the folder, nor in folders inside it; check the path")]
    NoTexts { path: String },

    /// A folder of texts without folders for their classes.
    #[error(
        "{path}: the texts have no labels; put those of each class into a folder with its name"
    )]
    NoClassFolders { path: String },

    /// A format that is no stream of text.
    #[error("{path}: Parquet files and folders are opened by their path, not read from a stream")]
    NotAStream { path: String },

    /// A file that could not be written.
    #[error("{path}: cannot be written: {source}")]
    NotWritten { path: String, source: io::Error },

    /// A file that should be Parquet and is not, or is damaged.
    #[error("{path}: cannot be read as Parquet: {reason}")]
    Parquet { path: String, reason: String },

    /// A file that cannot hold a value as it is.
    #[error("{path}: row {row} (from 1): {column:?} {reason}; write .jsonl or .csv")]
    NotHeld { path: String, row: usize, column: String, reason: &'static str },

    /// A value of another kind than those before it.
    #[error("{path}: row {row} (from 1): {column:?} holds {found} where others hold {expected}")]
    MixedColumn {
        path: String,
        row: usize,
        column: String,
        found: &'static str,
        expected: &'static str,
    },

    /// A format that cannot hold the columns that there are.
    #[error("{path}: {format} holds {expected}, but the columns are {}", .columns.join(", "))]
    ColumnsNotHeld {
        path: String,
        format: &'static str,
        expected: &'static str,
        columns: Vec<String>,
    },

    /// Sources without a weight each.
    #[error("{n} sources with the weights {weights:?}; give each source one above zero")]
    Weights { weights: Vec<f64>, n: usize },

    /// Parts that do not make up a whole.
    #[error(
        "the ratios {ratios:?} do not make up one whole; give numbers above zero whose sum is 1"
    )]
    Ratios { ratios: Vec<f64> },

    /// A part of a common data set that is not in the folder.
    #[error("{folder}: no {part} part of {set}; looked for {looked_for}")]
    PartMissing { folder: String, set: &'static str, part: &'static str, looked_for: String },

    /// A line of a common data set that is not as its layout wants it.
    #[error("{place}: {reason}")]
    Layout { place: String, reason: String },
}
