//! A row with all its columns, whatever they are for: what is looked into, converted and divided.

use serde_json::{Map, Value};

use crate::corpus::Example;
use crate::qa_corpus::QaExample;
use crate::tagged_corpus::TaggedSentence;

/// A row: the names of its columns and what they hold, in the order of the file.
///
/// Tables of text hold strings, JSON lines and Parquet also numbers, truth values and lists.
pub type Record = Map<String, Value>;

impl Example {
    /// The example as a row with the columns `text`, `pair`, `negative` (or `negative_1`, ...),
    /// `label` and `labels`, of which those are left out that it does not have.
    pub fn to_record(&self) -> Record {
        let mut record = Record::new();
        let mut add = |name: &str, value: Value| record.insert(name.to_owned(), value);
        add("text", self.text.as_str().into());
        if let Some(pair) = &self.pair {
            add("pair", pair.as_str().into());
        }
        for (number, negative) in (1..).zip(&self.negatives) {
            match self.negatives.len() {
                1 => add("negative", negative.as_str().into()),
                _ => add(&format!("negative_{number}"), negative.as_str().into()),
            };
        }
        if let Some(label) = &self.label {
            add("label", label.as_str().into());
        }
        if !self.labels.is_empty() {
            add("labels", self.labels.clone().into());
        }
        record
    }
}

impl TaggedSentence {
    /// The sentence as a row with the columns `tokens` and, if it has any, `tags`.
    pub fn to_record(&self) -> Record {
        let mut record = Record::new();
        record.insert("tokens".to_owned(), self.tokens.clone().into());
        if !self.tags.is_empty() {
            record.insert("tags".to_owned(), self.tags.clone().into());
        }
        record
    }
}

impl QaExample {
    /// The question as a row with the columns `id`, `question`, `context`, `answers` (as in Hugging
    /// Face's data sets: the lists `text` and `answer_start`, which counts characters) and
    /// `is_impossible`.
    pub fn to_record(&self) -> Record {
        let texts: Vec<&str> = self.answers.iter().map(|answer| answer.text.as_str()).collect();
        let character = |start: usize| self.context.get(..start).map_or(0, |s| s.chars().count());
        let starts: Vec<usize> =
            self.answers.iter().map(|answer| character(answer.start)).collect();
        let mut answers = Map::new();
        answers.insert("text".to_owned(), texts.into());
        answers.insert("answer_start".to_owned(), starts.into());
        let mut record = Record::new();
        record.insert("id".to_owned(), self.id.as_str().into());
        record.insert("question".to_owned(), self.question.as_str().into());
        record.insert("context".to_owned(), (*self.context).into());
        record.insert("answers".to_owned(), answers.into());
        record.insert("is_impossible".to_owned(), self.is_impossible.into());
        record
    }
}
