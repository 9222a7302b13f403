//! Words and their vectors: a table of words over one flat matrix.

mod align;
mod binary;
mod format;
mod number;
mod query;
mod text;
mod words;

use std::fmt;
use std::path::Path;

use crate::atomic_file::write_atomically;
use crate::mapped_file::MappedFile;
use crate::{Error, Result};

pub use align::{Coverage, TokenCoverage, UnknownWords};
pub use format::VectorFormat;
pub use query::Neighbour;
use words::Words;

/// Words, numbered from 0 in the order of their file, each with a vector of `dim` finite numbers.
///
/// Looking up a word allocates nothing and returns a slice of the one matrix `(n_words, dim)`.
#[derive(Clone)]
pub struct WordVectors {
    words: Words,
    values: Vec<f32>,
    dim: usize,
    n_duplicates: usize,
}

/// What to read of a file, and how. The default reads everything and detects the format.
#[derive(Clone, Copy, Default)]
pub struct ReadOptions<'a> {
    /// Look at the first rows only: in most files those are the most frequent words.
    pub limit: Option<usize>,
    /// Keep only the words for which this answers `true`. The parsing threads call it.
    pub restrict_to: Option<&'a (dyn Fn(&str) -> bool + Sync)>,
    /// The format; `None` looks at the content, then at the ending.
    pub format: Option<VectorFormat>,
    /// Replace bytes that are not UTF-8 by U+FFFD instead of failing.
    pub lossy: bool,
}

impl fmt::Debug for ReadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("limit", &self.limit)
            .field("restrict_to", &self.restrict_to.map(|_| "Fn(&str) -> bool"))
            .field("format", &self.format)
            .field("lossy", &self.lossy)
            .finish()
    }
}

impl WordVectors {
    /// Words with the rows of `values`, a matrix `(n_words, dim)`.
    ///
    /// # Errors
    /// If the sizes do not fit, a word is given twice, or a number is not finite.
    pub fn new<W: AsRef<str>>(
        words: impl IntoIterator<Item = W>,
        dim: usize,
        values: Vec<f32>,
    ) -> Result<Self> {
        let mut table = Words::default();
        for (row, word) in words.into_iter().enumerate() {
            let word = word.as_ref();
            table.insert(word).map_err(|first| Error::DuplicateWord {
                word: word.to_owned(),
                first: first as usize,
                second: row,
            })?;
        }
        if dim == 0 || table.len().checked_mul(dim) != Some(values.len()) {
            return Err(Error::WrongSize { n_words: table.len(), dim, n_values: values.len() });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let word = table.word((at / dim) as u32).unwrap_or_default().to_owned();
            return Err(Error::NotFiniteValue { word, value: values[at] });
        }
        Ok(Self { words: table, values, dim, n_duplicates: 0 })
    }

    /// Reads GloVe text, word2vec text, fastText's `.vec` or word2vec's `.bin`.
    ///
    /// The file is memory-mapped: it must not be rewritten or cut while it is read. Text is
    /// parsed on the threads of the current rayon pool; the result does not depend on their
    /// number. Of a word that comes twice the first row counts.
    ///
    /// # Errors
    /// If the file cannot be read or any row that is looked at is damaged; the message names the
    /// line (text) or row (binary).
    pub fn read(path: impl AsRef<Path>, options: &ReadOptions<'_>) -> Result<Self> {
        let path = path.as_ref();
        let file = MappedFile::open(path)?;
        if file.is_empty() {
            return Err(Error::EmptyFile { path: path.to_owned() });
        }
        let format = match options.format {
            Some(format) => format,
            None => VectorFormat::detect(path, &file)?,
        };
        match format {
            VectorFormat::GloveText => text::read(path, &file, false, options),
            VectorFormat::Word2VecText => text::read(path, &file, true, options),
            VectorFormat::Word2VecBinary => binary::read(path, &file, options),
        }
    }

    /// Writes all vectors so that reading them back gives the same words and the same bits.
    ///
    /// The file appears whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written, or the format cannot hold one of the words.
    pub fn write(&self, path: impl AsRef<Path>, format: VectorFormat) -> Result<()> {
        let path = path.as_ref();
        let unwritable = match format {
            VectorFormat::GloveText | VectorFormat::Word2VecText => text::unwritable,
            VectorFormat::Word2VecBinary => binary::unwritable,
        };
        for word in self.words() {
            if let Some(reason) = unwritable(word) {
                return Err(Error::UnwritableWord { word: word.to_owned(), format, reason });
            }
        }
        write_atomically(path, |out| match format {
            VectorFormat::GloveText => text::write(self, false, out),
            VectorFormat::Word2VecText => text::write(self, true, out),
            VectorFormat::Word2VecBinary => binary::write(self, out),
        })
        .map_err(|source| Error::Io { path: path.to_owned(), source })
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in each vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Rows left out while reading because an earlier row had the same word.
    pub fn n_duplicates(&self) -> usize {
        self.n_duplicates
    }

    /// The row of a word.
    pub fn id(&self, word: &str) -> Option<u32> {
        self.words.id(word)
    }

    /// The word of a row.
    pub fn word(&self, id: u32) -> Option<&str> {
        self.words.word(id)
    }

    /// All words in the order of their rows.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter()
    }

    /// The vector of a word.
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        self.vector(self.id(word)?)
    }

    /// The vector of a row.
    pub fn vector(&self, id: u32) -> Option<&[f32]> {
        let start = (id as usize).checked_mul(self.dim)?;
        self.values.get(start..start + self.dim)
    }

    /// The matrix `(n_words, dim)`, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The matrix `(n_words, dim)` without the words.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// No words yet: what the readers add rows to.
    fn with_capacity(dim: usize, n_words: usize) -> Self {
        let mut words = Words::default();
        words.reserve(n_words);
        Self { words, values: Vec::with_capacity(n_words * dim), dim, n_duplicates: 0 }
    }

    /// Adds a row unless its word is there already.
    fn push(&mut self, word: &str, vector: &[f32]) {
        match self.words.insert(word) {
            Ok(_) => self.values.extend_from_slice(vector),
            Err(_) => self.n_duplicates += 1,
        }
    }

    fn shrink_to_fit(mut self) -> Self {
        self.words.shrink_to_fit();
        self.values.shrink_to_fit();
        self
    }
}

impl fmt::Debug for WordVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordVectors {{ n_words: {}, dim: {} }}", self.len(), self.dim)
    }
}

#[cfg(test)]
mod tests;
