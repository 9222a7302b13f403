//! Answers to the questions of a file, as rows.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use sconce_export::{Answer, AnswerOptions, Answered, Predictor};
use sconce_text_pipeline::{Need, QaCorpus, QaReadOptions};
use serde::Serialize;

use super::{Options, SingleOptions, Writer};
use crate::table::printable;

/// Questions that are answered before results are written.
const CHUNK: usize = 128;

/// An answer as a JSON object.
#[derive(Debug, Serialize)]
pub struct AnswerRow<'a> {
    /// What the file calls the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// The question.
    pub question: &'a str,
    /// The best answer; none if there is none.
    pub answer: Option<&'a str>,
    /// Its probability, or that there is none.
    pub score: f32,
    /// The byte of the text at which it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// One past its last byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
    /// The probability that there is no answer, if that may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_answer: Option<f32>,
    /// The best answers, the best first.
    pub answers: &'a [Answer],
}

impl<'a> AnswerRow<'a> {
    /// The row of a question.
    pub fn new(id: Option<&'a str>, question: &'a str, answered: &'a Answered) -> Self {
        let best = answered.answers.first().filter(|_| !answered.is_impossible);
        Self {
            id,
            question,
            answer: best.map(|answer| answer.text.as_str()),
            score: best.map_or(answered.no_answer.unwrap_or(0.), |answer| answer.score),
            start: best.map(|answer| answer.start),
            end: best.map(|answer| answer.end),
            no_answer: answered.no_answer,
            answers: &answered.answers,
        }
    }
}

/// Answers for people: the best first, with its probability.
pub fn answer_line(answered: &Answered) -> String {
    let none = answered.no_answer.map(|score| ("(no answer)".to_owned(), score));
    let answers = answered.answers.iter().map(|answer| (printable(&answer.text), answer.score));
    let mut all: Vec<(String, f32)> = answers.collect();
    if answered.is_impossible || all.is_empty() {
        all.insert(0, none.unwrap_or_else(|| ("(no answer)".to_owned(), 1.)));
    }
    all.iter().map(|(text, score)| format!("{text} {score:.4}")).collect::<Vec<_>>().join("  ")
}

/// What the options say of answers.
pub fn answer_options(
    predictor: &Predictor,
    options: &SingleOptions,
    top_k: usize,
) -> AnswerOptions {
    let default = predictor.answer_options();
    let length = options.max_answer_length.map(|length| length as usize);
    AnswerOptions {
        n_best: top_k,
        max_answer_length: length.unwrap_or(default.max_answer_length),
        stride: options.stride.map(|stride| stride as usize),
        allow_none: options.no_answer,
    }
}

impl<W: Write> Writer<W> {
    /// Answers the questions of a file, or of stdin in lines of JSON.
    pub(super) fn answer_all(&mut self, path: &Path, options: &Options) -> Result<()> {
        let lossy = options.texts.columns.lossy;
        let read = QaReadOptions { lossy, answers: Need::Optional, ..QaReadOptions::default() };
        let corpus = if path == Path::new("-") {
            QaCorpus::from_reader(io::stdin(), "stdin.jsonl", &read)?
        } else {
            QaCorpus::read(path, &read)?
        };
        let answering = answer_options(&self.predictor, &self.single, self.top_k);
        for examples in corpus.examples().chunks(CHUNK) {
            let questions: Vec<(&str, &str)> =
                examples.iter().map(|e| (e.question.as_str(), &*e.context)).collect();
            let answered = self.predictor.answer(&questions, &answering)?;
            for (example, answered) in examples.iter().zip(&answered) {
                let row = AnswerRow::new(Some(&example.id), &example.question, answered);
                let question = || printable(&example.question);
                self.write(&row, || format!("{}  {}", answer_line(answered), question()))?;
            }
            self.count(examples.len(), 0)?;
        }
        Ok(())
    }
}
