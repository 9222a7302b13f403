//! Sentences with a tag for each word: CoNLL columns, CoNLL-U, JSON lines.
//!
//! Every error names its line. A byte order mark is skipped, and lines may end as on Unix or on
//! Windows.

mod conll;
mod conllu;
mod jsonl;
mod sentences;

use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::corpus::Need;
use crate::dataset::Dataset;
use crate::error::{Error, Result, nearest};
use crate::rows::Rows;
use crate::tag_scheme::TagScheme;
use crate::tagged_reader::TaggedReader;
use crate::text_file::read_all;
use crate::text_source::{SourceSettings, TextSource, extension};

/// The words of a sentence, each with its tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaggedSentence {
    /// The words.
    pub tokens: Vec<String>,
    /// One tag for each word, or none at all.
    pub tags: Vec<String>,
}

/// The form of a file of tagged sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagFormat {
    /// A word a line with its columns, a blank line after each sentence (`.conll`, `.bio`,
    /// `.iob`, `.txt`): as in CoNLL-2000 and CoNLL-2003. Columns are parted by tabs if the first
    /// line has one, else by white space. `-DOCSTART-` lines are skipped.
    Conll,
    /// CoNLL-U (`.conllu`): ten columns parted by tabs, comments after `#`; words that are
    /// ranges (`1-2`) or empty nodes (`8.1`) are skipped.
    Conllu,
    /// One JSON object a line with a list of words and one of tags (`.jsonl`).
    Jsonl,
}

/// How a file of tagged sentences is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagReadOptions {
    /// The column of the words: a number from 1, in CoNLL-U also a name, in JSON the key. By
    /// default the first, `FORM`, and `tokens` or `words`.
    pub token_column: Option<String>,
    /// The column of the tags, likewise. By default the last, `UPOS`, and `tags`, `ner_tags`,
    /// `pos_tags`, `labels`.
    pub tag_column: Option<String>,
    /// The format; by default the ending of the file name tells.
    pub format: Option<TagFormat>,
    /// Replace bytes that are not UTF-8 by U+FFFD in place of an error; false by default.
    pub lossy: bool,
    /// Whether words must have tags; they must by default. If not, no tags are read where the
    /// column is not there.
    pub tags: Need,
}

impl TagReadOptions {
    pub(crate) fn source(&self) -> SourceSettings {
        SourceSettings::new(self.lossy)
    }
}

/// Opens a format.
pub(crate) fn open(
    source: TextSource,
    options: &TagReadOptions,
) -> Result<Box<dyn Rows<TaggedSentence>>> {
    let format = options.format.map_or_else(|| TagFormat::from_name(source.name()), Ok)?;
    Ok(match format {
        TagFormat::Conll => Box::new(conll::Conll::new(source, options)),
        TagFormat::Conllu => Box::new(conllu::Conllu::new(source, options)?),
        TagFormat::Jsonl => Box::new(jsonl::open(source, options)?),
    })
}

impl Default for TagReadOptions {
    fn default() -> Self {
        Self {
            token_column: None,
            tag_column: None,
            format: None,
            lossy: false,
            tags: Need::Required,
        }
    }
}

/// The tagged sentences of one file, in its order.
///
/// ```
/// use sconce_text_pipeline::{TagReadOptions, TagScheme, TaggedCorpus};
///
/// let conll = "EU NNP I-ORG\nrejects VBZ O\n\nPeter NNP I-PER\n";
/// let options = TagReadOptions::default();
/// let corpus = TaggedCorpus::from_reader(conll.as_bytes(), "eng.conll", &options)?;
/// assert_eq!(corpus.scheme(), TagScheme::Iob1);
///
/// let corpus = corpus.convert(TagScheme::Iob1, TagScheme::Bio)?;
/// assert_eq!(corpus.sentences()[0].tags, ["B-ORG", "O"]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaggedCorpus {
    sentences: Vec<TaggedSentence>,
    name: String,
    /// The line at which each sentence begins; empty for sentences that come from no file.
    lines: Vec<usize>,
}

impl TaggedCorpus {
    /// Reads a file whole; unless the options say otherwise its ending names the format.
    /// [`TaggedReader`] reads it sentence by sentence.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is not as its format wants it.
    pub fn read(path: impl AsRef<Path>, options: &TagReadOptions) -> Result<Self> {
        Self::from_rows(TaggedReader::open(path, options)?)
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_reader(reader: impl Read, name: &str, options: &TagReadOptions) -> Result<Self> {
        Self::from_rows(TaggedReader::from_reader(read_all(reader, name)?, name, options)?)
    }

    fn from_rows(reader: TaggedReader) -> Result<Self> {
        let name = reader.name().to_owned();
        let found = reader.read_to_end()?;
        Ok(Self { sentences: found.rows, name, lines: found.lines })
    }

    /// The sentences in the order of the file.
    pub fn sentences(&self) -> &[TaggedSentence] {
        &self.sentences
    }

    /// The sentences, to own and change.
    pub fn into_sentences(self) -> Vec<TaggedSentence> {
        self.sentences
    }

    /// The number of words in all sentences.
    pub fn n_words(&self) -> usize {
        self.sentences.iter().map(|sentence| sentence.tokens.len()).sum()
    }

    /// All tags, word by word.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().flat_map(|sentence| sentence.tags.iter().map(String::as_str))
    }

    /// The scheme that the tags seem to follow.
    pub fn scheme(&self) -> TagScheme {
        TagScheme::detect(self.sentences.iter().map(|sentence| sentence.tags.as_slice()))
    }

    /// Whether every sentence is tagged as `scheme` wants it.
    ///
    /// # Errors
    /// If one is not; with the line of the sentence, the word and its tag.
    pub fn check(&self, scheme: TagScheme) -> Result<()> {
        (0..self.sentences.len()).try_for_each(|row| {
            let spans = scheme.spans(&self.sentences[row].tags);
            spans.map(|_| ()).map_err(|error| error.at(self.place(row)))
        })
    }

    /// The same sentences with the tags of another scheme.
    ///
    /// # Errors
    /// If a sentence is not tagged as `from` wants it; with its line, the word and its tag.
    pub fn convert(mut self, from: TagScheme, to: TagScheme) -> Result<Self> {
        for row in 0..self.sentences.len() {
            let tags = from.convert(&self.sentences[row].tags, to);
            self.sentences[row].tags = tags.map_err(|error| error.at(self.place(row)))?;
        }
        Ok(self)
    }

    /// The file and line where a sentence begins, or its number if it comes from no file.
    pub fn place(&self, row: usize) -> String {
        match self.lines.get(row) {
            Some(line) => format!("{}:{line}", self.name),
            None => format!("sentence {row}"),
        }
    }
}

impl From<Vec<TaggedSentence>> for TaggedCorpus {
    fn from(sentences: Vec<TaggedSentence>) -> Self {
        Self { sentences, ..Self::default() }
    }
}

impl Dataset for TaggedCorpus {
    type Item<'a> = &'a TaggedSentence;

    fn len(&self) -> usize {
        self.sentences.len()
    }

    fn get(&self, index: usize) -> Option<&TaggedSentence> {
        self.sentences.get(index)
    }
}

impl TagFormat {
    const NAMES: &'static [&'static str] = &["conll", "conllu", "jsonl"];

    fn from_name(name: &str) -> Result<Self> {
        let extension = extension(name);
        match extension.as_str() {
            "conll" | "bio" | "iob" | "iob2" | "txt" => Ok(Self::Conll),
            "conllu" => Ok(Self::Conllu),
            "jsonl" => Ok(Self::Jsonl),
            _ => {
                let known = ".conll, .conllu or .jsonl";
                Err(Error::UnknownFormat { path: name.to_owned(), extension, known })
            }
        }
    }
}

impl FromStr for TagFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "conll" => Ok(Self::Conll),
            "conllu" => Ok(Self::Conllu),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err(Error::UnknownName {
                kind: "format of tagged sentences",
                name: name.to_owned(),
                known: Self::NAMES,
                nearest: nearest(name, Self::NAMES.iter().copied()),
            }),
        }
    }
}

/// A column that is given by its number from one; `names` are what else it may be called.
fn column(path: &str, wanted: &str, n_columns: usize, names: &[&str]) -> Result<usize> {
    let number: Option<usize> = wanted.parse().ok();
    let by_name = || names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let found = number.and_then(|number| number.checked_sub(1)).or_else(by_name);
    found.filter(|column| *column < n_columns).ok_or_else(|| Error::UnknownColumn {
        path: path.to_owned(),
        column: wanted.to_owned(),
        columns: match names {
            [] => (1..=n_columns).map(|number| number.to_string()).collect(),
            names => names.iter().map(ToString::to_string).collect(),
        },
        nearest: nearest(wanted, names.iter().copied()),
    })
}

#[cfg(test)]
mod tests;
