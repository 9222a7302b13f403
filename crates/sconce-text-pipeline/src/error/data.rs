//! What can go wrong with the files of data sets.

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
}
