//! Tagged sentences one after the other, out of files of any size.

use std::fmt;
use std::io::Read;
use std::iter::FusedIterator;
use std::path::Path;

use crate::error::Result;
use crate::rows::{Found, RowStream};
use crate::tagged_corpus::{self, TagReadOptions, TaggedSentence};
use crate::text_source::TextSource;

/// Reads the sentences of a file in their order, in memory that does not depend on its size.
///
/// The file may be packed with gzip or zstd (feature `compression`). After an error there is
/// nothing more to come; a file without any sentence is an error as well.
///
/// ```
/// use sconce_text_pipeline::{TagReadOptions, TaggedReader};
///
/// let conll = "EU NNP I-ORG\nrejects VBZ O\n\nPeter NNP I-PER\n";
/// let options = TagReadOptions::default();
/// let mut reader = TaggedReader::from_reader(conll.as_bytes(), "eng.conll", &options)?;
/// assert_eq!(reader.next().unwrap()?.tokens, ["EU", "rejects"]);
/// assert_eq!(reader.next().unwrap()?.tags, ["I-PER"]);
/// assert_eq!(reader.place(), "eng.conll:4");
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
pub struct TaggedReader {
    rows: RowStream<TaggedSentence>,
}

impl TaggedReader {
    /// Opens a file; unless the options say otherwise its ending names the format.
    ///
    /// # Errors
    /// If the file cannot be read, has no known format, or not the columns that it should have.
    pub fn open(path: impl AsRef<Path>, options: &TagReadOptions) -> Result<Self> {
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
        options: &TagReadOptions,
    ) -> Result<Self> {
        Self::new(TextSource::from_reader(reader, name, options.source())?, options)
    }

    fn new(source: TextSource, options: &TagReadOptions) -> Result<Self> {
        let name = source.name().to_owned();
        Ok(Self { rows: RowStream::new(tagged_corpus::open(source, options)?, name, false) })
    }

    /// What the file is called in errors.
    pub fn name(&self) -> &str {
        self.rows.name()
    }

    /// The file and line where the sentence given last begins, for errors.
    pub fn place(&self) -> String {
        self.rows.place()
    }

    /// The next sentences, as many as are at hand but at least one; none at the end.
    ///
    /// # Errors
    /// If a line is not as its format wants it.
    pub fn next_batch(&mut self) -> Result<Option<Vec<TaggedSentence>>> {
        self.rows.next_batch()
    }

    pub(crate) fn read_to_end(self) -> Result<Found<TaggedSentence>> {
        self.rows.read_to_end()
    }
}

impl Iterator for TaggedReader {
    type Item = Result<TaggedSentence>;

    fn next(&mut self) -> Option<Result<TaggedSentence>> {
        self.rows.next()
    }
}

impl FusedIterator for TaggedReader {}

impl fmt::Debug for TaggedReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TaggedReader").field("name", &self.name()).finish_non_exhaustive()
    }
}
