//! The crate's one error type: every message says what, where, and what to do.

use std::fmt;
use std::path::PathBuf;

/// What can go wrong while reading, writing, building or asking word vectors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened, read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file has no bytes.
    #[error("{path}: the file is empty; expected word vectors", path = path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// The first bytes belong to no format that is read here.
    #[error(
        "{path}: not word vectors: {found}; expected GloVe text, word2vec text (.vec) or word2vec .bin",
        path = path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// What the file looks like.
        found: String,
    },
    /// The first line is not the `rows dim` that the format asks for.
    #[error(
        "{path}:1: `{line}` is not a word2vec header; expected two numbers, rows and dimensions",
        path = path.display()
    )]
    BadHeader {
        /// The file.
        path: PathBuf,
        /// The first line, cut short.
        line: String,
    },
    /// A text row has too few or too many fields.
    #[error(
        "{path}:{line}: {got} fields, expected {expected} (a word and {} numbers); repair or remove the line",
        expected - 1,
        path = path.display()
    )]
    WrongFieldCount {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Fields in the line.
        got: usize,
        /// Fields a row of this file has.
        expected: usize,
    },
    /// A field of a text row is not a number.
    #[error(
        "{path}:{line}: `{field}` in the vector of `{word}` is not a number; repair or remove the line",
        path = path.display()
    )]
    BadNumber {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// The word of the row.
        word: String,
        /// The field as it stands.
        field: String,
    },
    /// A vector holds NaN or an infinity.
    #[error(
        "{path}{place}: the vector of `{word}` holds {value}; only finite numbers can be used, remove the row",
        path = path.display()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The line or the row.
        place: Place,
        /// The word of the row.
        word: String,
        /// The value read.
        value: f32,
    },
    /// A word is not UTF-8.
    #[error(
        "{path}{place}: the word `{word}` is not UTF-8; convert the file, or read it with the lossy option",
        path = path.display()
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line or the row.
        place: Place,
        /// The word, bad bytes replaced.
        word: String,
    },
    /// A text file has more or fewer rows than its header says.
    #[error(
        "{path}: the header promises {expected} rows and the file has {got}; fetch it again, or correct line 1",
        path = path.display()
    )]
    WrongRowCount {
        /// The file.
        path: PathBuf,
        /// Rows in the header.
        expected: usize,
        /// Rows in the file.
        got: usize,
    },
    /// A binary file ends inside a row.
    #[error(
        "{path}: the file ends inside row {row} of {n_rows} (byte {offset}); it is cut short, fetch it again",
        path = path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The row that is not whole, counted from 1.
        row: usize,
        /// Rows in the header.
        n_rows: usize,
        /// Where that row starts.
        offset: usize,
    },
    /// A binary file goes on after its last row.
    #[error(
        "{path}: {extra} bytes follow row {n_rows}, the last one by the header; the header is wrong or the file is damaged",
        path = path.display()
    )]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// Bytes after the last row.
        extra: usize,
        /// Rows in the header.
        n_rows: usize,
    },
    /// The format has no way to write this word.
    #[error(
        "`{word}` cannot be written as {format}: {reason}; rename the word or use another format"
    )]
    UnwritableWord {
        /// The word.
        word: String,
        /// The format.
        format: crate::VectorFormat,
        /// Why.
        reason: &'static str,
    },
    /// The numbers do not fill the rows.
    #[error(
        "{n_values} numbers do not make {n_words} vectors of {dim} dimensions; expected {n_words} x {dim}, dim > 0"
    )]
    WrongSize {
        /// Words given.
        n_words: usize,
        /// Dimensions given.
        dim: usize,
        /// Numbers given.
        n_values: usize,
    },
    /// A vector given holds NaN or an infinity.
    #[error("the vector of `{word}` holds {value}; only finite numbers can be used")]
    NotFiniteValue {
        /// The word of the row.
        word: String,
        /// The value given.
        value: f32,
    },
    /// A vector to search for holds NaN or an infinity.
    #[error("the vector to search for holds {value}; only finite numbers have neighbours")]
    NotFiniteQuery {
        /// The value given.
        value: f32,
    },
    /// A word was given twice.
    #[error(
        "the word `{word}` is given twice, as rows {first} and {second}; each word has one vector"
    )]
    DuplicateWord {
        /// The word.
        word: String,
        /// Row of its first appearance, counted from 0.
        first: usize,
        /// Row of its second appearance, counted from 0.
        second: usize,
    },
    /// A word has no vector.
    #[error("`{word}` is not among the {n_words} words{}", hint(nearest.as_deref()))]
    UnknownWord {
        /// The word asked for.
        word: String,
        /// Words there are.
        n_words: usize,
        /// The same word in another case, if that one has a vector.
        nearest: Option<String>,
    },
    /// A vector of another length was given.
    #[error("a vector of {got} dimensions was given; these words have {expected}")]
    WrongDimension {
        /// Dimensions given.
        got: usize,
        /// Dimensions here.
        expected: usize,
    },
}

/// Where in a file of word vectors something stands, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of a text file; shown as `:17`, to follow the path.
    Line(usize),
    /// A row of a binary file; shown as `: row 17`.
    Row(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, ":{line}"),
            Self::Row(row) => write!(f, ": row {row}"),
        }
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// What this crate's fallible functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
