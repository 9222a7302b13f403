//! Questions whose answers are spans of a text: SQuAD's JSON (Rajpurkar et al., 2016,
//! arXiv:1606.05250), with questions that have none (2018, arXiv:1806.03822), and JSON lines.

mod answers;
mod jsonl;
mod squad;

use std::io::Read;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::corpus::Need;
use crate::dataset::Dataset;
use crate::error::{Error, Result, nearest};
use crate::qa_reader::QaReader;
use crate::rows::Rows;
use crate::text_file::read_all;
use crate::text_source::{SourceSettings, TextSource, extension};

/// An answer where it stands in its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QaAnswer {
    /// The words of the answer.
    pub text: String,
    /// The byte of the context at which they begin.
    pub start: usize,
}

impl QaAnswer {
    /// One past the last byte.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// A question about a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QaExample {
    /// What the file calls the question.
    pub id: String,
    /// The question.
    pub question: String,
    /// The text that holds the answer, which questions may share.
    pub context: Arc<str>,
    /// Answers that count as right: in training sets one, in others perhaps several. None if the
    /// question has no answer, or it is not given.
    pub answers: Vec<QaAnswer>,
    /// Whether the file says that the context holds no answer.
    pub is_impossible: bool,
}

/// The form of a file of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum QaFormat {
    /// SQuAD's own, version 1.1 or 2.0 (`.json`).
    Squad,
    /// One JSON object a line with `question`, `context` and `answers` (`.jsonl`).
    ///
    /// `answers` is what Hugging Face's data sets have, `{"text": [..], "answer_start": [..]}`, a
    /// list of `{"text": .., "answer_start": ..}`, or a list of texts alone: such a text is looked
    /// for, and its first occurrence taken. `id` and `is_impossible` may be absent.
    Jsonl,
}

/// How a file of questions is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QaReadOptions {
    /// The format; by default the ending of the file name tells.
    pub format: Option<QaFormat>,
    /// Replace bytes that are not UTF-8 by U+FFFD in place of an error; false by default.
    pub lossy: bool,
    /// Whether each question must have an answer or be impossible; they must by default.
    pub answers: Need,
}

impl QaReadOptions {
    pub(crate) fn source(&self) -> SourceSettings {
        SourceSettings::new(self.lossy)
    }
}

/// Opens a format.
pub(crate) fn open(
    source: TextSource,
    options: &QaReadOptions,
) -> Result<Box<dyn Rows<QaExample>>> {
    let format = options.format.map_or_else(|| QaFormat::from_name(source.name()), Ok)?;
    Ok(match format {
        QaFormat::Squad => Box::new(squad::Squad::new(source, options.answers)),
        QaFormat::Jsonl => Box::new(jsonl::Objects { source, need: options.answers }),
    })
}

/// The questions of one file, in its order.
///
/// ```
/// use sconce_text_pipeline::{QaCorpus, QaReadOptions};
///
/// let line = r#"{"question": "Who?", "context": "É Zoë.", "answers": ["Zoë"]}"#;
/// let corpus = QaCorpus::from_reader(line.as_bytes(), "who.jsonl", &QaReadOptions::default())?;
/// let answer = &corpus.examples()[0].answers[0];
/// assert_eq!((answer.start, answer.end()), (3, 7)); // bytes
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QaCorpus {
    examples: Vec<QaExample>,
}

impl QaCorpus {
    /// Reads a file whole; unless the options say otherwise its ending names the format.
    /// [`QaReader`] reads it question by question.
    ///
    /// # Errors
    /// If the file cannot be read, is not of its format, or an answer is not where it is said to
    /// be.
    pub fn read(path: impl AsRef<Path>, options: &QaReadOptions) -> Result<Self> {
        Ok(Self { examples: QaReader::open(path, options)?.read_to_end()?.rows })
    }

    /// Reads anything else; `name` stands for the path in errors, and its ending for the format
    /// if the options name none.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_reader(reader: impl Read, name: &str, options: &QaReadOptions) -> Result<Self> {
        let reader = QaReader::from_reader(read_all(reader, name)?, name, options)?;
        Ok(Self { examples: reader.read_to_end()?.rows })
    }

    /// The questions in the order of the file.
    pub fn examples(&self) -> &[QaExample] {
        &self.examples
    }

    /// The questions, to own and change.
    pub fn into_examples(self) -> Vec<QaExample> {
        self.examples
    }
}

impl From<Vec<QaExample>> for QaCorpus {
    fn from(examples: Vec<QaExample>) -> Self {
        Self { examples }
    }
}

impl Dataset for QaCorpus {
    type Item<'a> = &'a QaExample;

    fn len(&self) -> usize {
        self.examples.len()
    }

    fn get(&self, index: usize) -> Option<&QaExample> {
        self.examples.get(index)
    }
}

impl QaFormat {
    fn from_name(name: &str) -> Result<Self> {
        let extension = extension(name);
        match extension.as_str() {
            "json" => Ok(Self::Squad),
            "jsonl" => Ok(Self::Jsonl),
            _ => {
                let known = ".json (SQuAD) or .jsonl";
                Err(Error::UnknownFormat { path: name.to_owned(), extension, known })
            }
        }
    }
}

impl FromStr for QaFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        const NAMES: &[&str] = &["squad", "jsonl"];
        match name {
            "squad" => Ok(Self::Squad),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err(Error::UnknownName {
                kind: "format of questions",
                name: name.to_owned(),
                known: NAMES,
                nearest: nearest(name, NAMES.iter().copied()),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
