//! SQuAD's JSON: articles of paragraphs, each a context with its questions.

use std::sync::Arc;

use rayon::prelude::*;
use serde::Deserialize;

use super::QaExample;
use super::answers::{self, Given};
use crate::corpus::Need;
use crate::error::{Error, Result};
use crate::json_lines::reason_of;
use crate::rows::{Found, Rows};
use crate::text_file::TextFile;
use crate::text_source::TextSource;

#[derive(Deserialize)]
struct File {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: Id,
    question: String,
    #[serde(default)]
    answers: Vec<Given>,
    #[serde(default)]
    is_impossible: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

/// A file, which is parsed whole: its questions stand inside one object.
pub(super) struct Squad {
    source: Option<TextSource>,
    need: Need,
}

impl Squad {
    pub(super) fn new(source: TextSource, need: Need) -> Self {
        Self { source: Some(source), need }
    }
}

impl Rows<QaExample> for Squad {
    fn more(&mut self, found: &mut Found<QaExample>) -> Result<bool> {
        let Some(source) = self.source.take() else { return Ok(false) };
        found.rows = read(&TextFile::from_source(source)?, self.need)?;
        found.lines = (1..=found.rows.len()).collect();
        Ok(true)
    }
}

fn read(file: &TextFile, need: Need) -> Result<Vec<QaExample>> {
    let path = file.name.as_str();
    let parsed: File = serde_json::from_str(&file.text).map_err(|error| Error::MalformedSquad {
        path: path.to_owned(),
        line: error.line(),
        reason: format!("{} (column {})", reason_of(&error), error.column()),
    })?;
    let paragraphs = parsed.data.into_iter().enumerate().flat_map(|(article, content)| {
        let paragraphs = content.paragraphs.into_iter().enumerate();
        paragraphs.map(move |(paragraph, content)| (article, paragraph, content))
    });
    let paragraphs: Vec<(usize, usize, Paragraph)> = paragraphs.collect();
    let read: Vec<Result<Vec<QaExample>>> = paragraphs
        .into_par_iter()
        .map(|(article, paragraph, content)| {
            let place = format!("{path}: data[{article}].paragraphs[{paragraph}]");
            questions(content, &place, need)
        })
        .collect();
    let read: Vec<Vec<QaExample>> = read.into_iter().collect::<Result<_>>()?;
    Ok(read.concat())
}

fn questions(paragraph: Paragraph, place: &str, need: Need) -> Result<Vec<QaExample>> {
    let context: Arc<str> = paragraph.context.into();
    let example = |question: Question| {
        let id = match question.id {
            Id::Text(id) => id,
            Id::Number(id) => id.to_string(),
        };
        let answers = question.answers.into_iter().map(|given| given.locate(&context, place, &id));
        let answers = answers.collect::<Result<Vec<_>>>()?;
        let (question, is_impossible) = (question.question, question.is_impossible);
        let example = QaExample { id, question, context: context.clone(), answers, is_impossible };
        answers::check(example, need, place)
    };
    paragraph.qas.into_iter().map(example).collect()
}
