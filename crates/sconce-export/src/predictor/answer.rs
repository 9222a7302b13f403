//! Answers to questions that are spans of a text, which may be longer than the model's window.

use rayon::prelude::*;
use sconce_models::Answers;
use sconce_ops::Mode;
use sconce_text_pipeline::{Encoding, Windows};
use serde::Serialize;

use super::tag::softmax;
use super::{Predictor, dataset};
use crate::error::Result;

/// Tokens of a window where neither bundle nor caller says how many: that of SQuAD's models.
const WINDOW: usize = 384;
/// Tokens that neighbouring windows share, likewise.
const STRIDE: usize = 128;
/// Tokens of an answer, likewise.
const ANSWER: usize = 30;
/// Candidates whose probabilities add up to 1, as in SQuAD's script; more if more are asked for.
const CANDIDATES: usize = 20;

/// How answers are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerOptions {
    /// How many answers to give, the best first.
    pub n_best: usize,
    /// Tokens that an answer may have.
    pub max_answer_length: usize,
    /// Tokens of the text that neighbouring windows share; an error if they do not fit. By default
    /// what the bundle was made with, or as many as fit.
    pub stride: Option<usize>,
    /// Whether the text may hold no answer.
    pub allow_none: bool,
}

/// The answers to a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answered {
    /// The best answers, the best first; none if the text holds none.
    pub answers: Vec<Answer>,
    /// The probability that there is no answer, if that may be.
    pub no_answer: Option<f32>,
    /// Whether no answer is more probable than the best.
    pub is_impossible: bool,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// The byte of the text at which they begin.
    pub start: usize,
    /// One past their last byte.
    pub end: usize,
    /// Its probability among the twenty best candidates.
    pub score: f32,
    /// Sum of the logits of its ends, which compares across texts.
    pub logit: f32,
}

/// A part of a text beside the question, and which question that is.
struct Window {
    question: usize,
    encoding: Encoding,
}

impl Predictor {
    /// Settings that a bundle was made with, or SQuAD's.
    pub fn answer_options(&self) -> AnswerOptions {
        AnswerOptions {
            n_best: 1,
            max_answer_length: self.setting("max-answer-length").unwrap_or(ANSWER),
            stride: None,
            allow_none: false,
        }
    }

    /// A number among the settings of the training.
    fn setting(&self, key: &str) -> Option<usize> {
        let number = self.bundle.manifest.settings.get(key)?.as_u64();
        number.and_then(|number| usize::try_from(number).ok())
    }

    /// Answers each question from the text that is given with it.
    ///
    /// A long text is read in windows that overlap; the best spans of all windows compete by their
    /// logits.
    ///
    /// # Errors
    /// If the model finds no answers, a question leaves no room in a window, a text cannot be
    /// tokenized, or a tensor operation fails.
    pub fn answer(
        &self,
        questions: &[(&str, &str)],
        options: &AnswerOptions,
    ) -> Result<Vec<Answered>> {
        let model = self.bundle.model.question_answerer()?;
        let windows: Vec<Result<Vec<Encoding>>> = questions
            .par_iter()
            .map(|(question, context)| self.windows(question, context, options.stride))
            .collect();
        let mut all = Vec::new();
        for (question, windows) in windows.into_iter().enumerate() {
            all.extend(windows?.into_iter().map(|encoding| Window { question, encoding }));
        }
        let encodings: Vec<Encoding> = all.iter().map(|window| window.encoding.clone()).collect();
        let n_best = options.n_best.max(CANDIDATES);
        let mut found: Vec<Candidates> = vec![Candidates::default(); questions.len()];
        self.for_each_batch(&dataset(&encodings)?, |numbers, tokens| {
            let logits = model.forward(tokens, Mode::Eval)?;
            let is_context: Vec<bool> =
                numbers.iter().flat_map(|row| is_context(&encodings[*row])).collect();
            let length = options.max_answer_length;
            let answers = model.decode(&logits, tokens.offsets, &is_context, n_best, length)?;
            for (&row, answers) in numbers.iter().zip(&answers) {
                let (question, context) = (all[row].question, questions[all[row].question].1);
                found[question].add(&encodings[row], answers, context);
            }
            Ok(())
        })?;
        let contexts = questions.iter().map(|(_, context)| *context);
        Ok(found.into_iter().zip(contexts).map(|(c, context)| c.best(context, options)).collect())
    }

    fn windows(
        &self,
        question: &str,
        context: &str,
        stride: Option<usize>,
    ) -> Result<Vec<Encoding>> {
        use sconce_text_pipeline::Error::StrideTooLarge;

        let length = self.limit.get().unwrap_or(WINDOW);
        let is_told = self.bundle.manifest.is_of_bundle();
        let max_length = if is_told { length } else { length.min(WINDOW) };
        let tokenizer = &self.bundle.tokenizer;
        let default = || self.setting("stride").unwrap_or(STRIDE.min(max_length / 2));
        let windows = Windows { max_length, stride: stride.unwrap_or_else(default) };
        match tokenizer.encode_windows(question, context, &windows) {
            // Beside a long question little room is left.
            Err(StrideTooLarge { room, .. }) if stride.is_none() => {
                let windows = Windows { stride: room / 2, ..windows };
                Ok(tokenizer.encode_windows(question, context, &windows)?)
            }
            encodings => Ok(encodings?),
        }
    }
}

/// Which tokens are of the text, and not of the question.
fn is_context(encoding: &Encoding) -> impl Iterator<Item = bool> + '_ {
    encoding.sequence_ids.iter().map(|sequence| *sequence == Some(1))
}

/// The spans that may answer a question, of all windows.
#[derive(Debug, Clone, Default)]
struct Candidates {
    /// Begin, end and logit.
    spans: Vec<(usize, usize, f32)>,
    no_answer: Option<f32>,
}

impl Candidates {
    fn add(&mut self, encoding: &Encoding, answers: &Answers, context: &str) {
        for span in &answers.spans {
            let (start, end) = (encoding.spans[span.start].0, encoding.spans[span.end].1);
            let (start, end) = trimmed(context, start, end.max(start));
            // Windows overlap, so that a span may come twice: seen best, it counts.
            match self.spans.iter_mut().find(|(s, e, _)| (*s, *e) == (start, end)) {
                Some((.., logit)) => *logit = logit.max(span.logit),
                None if start < end => self.spans.push((start, end, span.logit)),
                None => {}
            }
        }
        // That there is no answer is as probable as in the window that is least sure of it.
        let no_answer = self.no_answer.unwrap_or(f32::INFINITY);
        self.no_answer = Some(no_answer.min(answers.no_answer));
    }

    fn best(mut self, context: &str, options: &AnswerOptions) -> Answered {
        self.spans.sort_by(|a, b| b.2.total_cmp(&a.2));
        self.spans.truncate(options.n_best.max(CANDIDATES));
        let no_answer = self.no_answer.filter(|_| options.allow_none);
        let mut scores: Vec<f32> = self.spans.iter().map(|(.., logit)| *logit).collect();
        scores.extend(no_answer);
        softmax(&mut scores);
        let answer = |((start, end, logit), score): (&(usize, usize, f32), &f32)| Answer {
            text: context[*start..*end].to_owned(),
            start: *start,
            end: *end,
            score: *score,
            logit: *logit,
        };
        let answers = self.spans.iter().zip(&scores).take(options.n_best).map(answer).collect();
        let best = self.spans.first().map_or(f32::NEG_INFINITY, |(.., logit)| *logit);
        Answered {
            answers,
            no_answer: no_answer.and_then(|_| scores.last().copied()),
            is_impossible: no_answer.is_some_and(|logit| logit > best),
        }
    }
}

/// A span without the white space at its ends.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let piece = &text[start..end];
    let begin = start + (piece.len() - piece.trim_start().len());
    (begin, begin + piece.trim().len())
}

#[cfg(test)]
mod tests;
