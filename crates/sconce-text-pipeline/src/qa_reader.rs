//! Questions one after the other, out of files of any size.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;

use crate::error::Result;
use crate::qa_corpus::{self, QaExample, QaReadOptions};
use crate::rows::{Found, RowStream};
use crate::text_source::TextSource;

/// Reads the questions of a file in their order. JSON lines are read in memory that does not depend
/// on the size of the file; SQuAD's JSON is one object and parsed whole.
///
/// The file may be packed with gzip or zstd (feature `compression`). After an error there is
/// nothing more to come; a file without any question is an error as well.
pub struct QaReader {
    rows: RowStream<QaExample>,
}

impl QaReader {
    /// Opens a file; unless the options say otherwise its ending names the format.
    ///
    /// # Errors
    /// If the file cannot be read or has no known format.
    pub fn open(path: impl AsRef<Path>, options: &QaReadOptions) -> Result<Self> {
        Self::new(TextSource::open(path.as_ref(), options.source())?, options)
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        name: &str,
        options: &QaReadOptions,
    ) -> Result<Self> {
        Self::new(TextSource::from_reader(reader, name, options.source())?, options)
    }

    fn new(source: TextSource, options: &QaReadOptions) -> Result<Self> {
        let name = source.name().to_owned();
        Ok(Self { rows: RowStream::new(qa_corpus::open(source, options)?, name, false) })
    }

    /// What the file is called in errors.
    pub fn name(&self) -> &str {
        self.rows.name()
    }

    /// The file and line where the question given last stands, for errors.
    pub fn place(&self) -> String {
        self.rows.place()
    }

    /// The next questions, as many as are at hand but at least one; none at the end.
    ///
    /// # Errors
    /// If the file is not as its format wants it, or an answer is not where it is said to be.
    pub fn next_batch(&mut self) -> Result<Option<Vec<QaExample>>> {
        self.rows.next_batch()
    }

    pub(crate) fn read_to_end(self) -> Result<Found<QaExample>> {
        self.rows.read_to_end()
    }
}

impl Iterator for QaReader {
    type Item = Result<QaExample>;

    fn next(&mut self) -> Option<Result<QaExample>> {
        self.rows.next()
    }
}

impl FusedIterator for QaReader {}

impl fmt::Debug for QaReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("QaReader").field("name", &self.name()).finish_non_exhaustive()
    }
}
