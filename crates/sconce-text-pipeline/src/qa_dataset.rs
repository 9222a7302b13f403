//! Questions beside overlapping windows of their contexts, and the tokens of their answers.
//!
//! A long context becomes several rows (Devlin et al., 2018, arXiv:1810.04805, section 4.2). The
//! targets of a window that does not hold the whole answer are its first token, `[CLS]`, which
//! stands for "no answer here".

use std::ops::Range;

use crate::dataset::{EncodedDataset, Rows};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::in_parallel::in_parallel;
use crate::qa_corpus::{QaAnswer, QaExample};
use crate::targets::{IGNORE, Targets};
use crate::tokenizer::Tokenizer;
use crate::truncation::Windows;

/// A row for each window of each question, and the way back from tokens to the context.
#[derive(Debug, Clone, PartialEq)]
pub struct QaDataset {
    encoded: EncodedDataset,
    /// The first window of each question, and one past the last of all.
    first_windows: Vec<usize>,
    /// The question of each window.
    examples: Vec<usize>,
    /// The bytes of the context of each token, `(IGNORE, IGNORE)` for one of no context.
    spans: Vec<(u32, u32)>,
}

impl QaDataset {
    /// Windows of 384 tokens that share 128 with the next: what Hugging Face's examples use.
    pub const WINDOWS: Windows = Windows { max_length: 384, stride: 128 };

    /// Encodes questions in parallel. Of several answers the first is the target; white space
    /// before a question is dropped.
    ///
    /// # Errors
    /// If a question leaves no room for its context, or a text cannot be tokenized; with the id
    /// of the question.
    pub fn encode(
        tokenizer: &dyn Tokenizer,
        examples: &[QaExample],
        windows: &Windows,
    ) -> Result<Self> {
        let encode = |row: usize| {
            let QaExample { id, question, context, .. } = &examples[row];
            if u32::try_from(context.len()).is_err() {
                return Err(Error::ContextTooLong { id: id.clone(), n_bytes: context.len() });
            }
            tokenizer
                .encode_windows(question.trim_start(), context, windows)
                .map_err(|error| error.at(format!("question {id:?}")))
        };
        let mut rows = Rows::with_capacity(0, examples.len());
        let (mut spans, mut targets) = (Vec::new(), Vec::new());
        let (mut first_windows, mut of_window) = (vec![0], Vec::new());
        in_parallel(examples.len(), encode, |row, windows| {
            for window in &windows {
                let cls = cls_token(tokenizer, window);
                let answer = examples[row].answers.first();
                targets.push(answer.and_then(|a| tokens_of(a, window)).unwrap_or((cls, cls)));
                spans.extend((0..window.len()).map(|token| context_span(window, token)));
                of_window.push(row);
                // Windows lose nothing: what one leaves out, another has.
                rows.push_whole(window);
            }
            first_windows.push(of_window.len());
        })?;
        let encoded = rows.finish(Targets::Spans(targets))?;
        Ok(Self { encoded, first_windows, examples: of_window, spans })
    }

    /// The windows as rows, with [`Targets::Spans`].
    pub fn encoded(&self) -> &EncodedDataset {
        &self.encoded
    }

    /// The number of questions.
    pub fn n_examples(&self) -> usize {
        self.first_windows.len() - 1
    }

    /// The question that a window belongs to. As with a slice, one past the end is a panic.
    pub fn example_of(&self, window: usize) -> usize {
        self.examples[window]
    }

    /// The windows of a question. As with a slice, one past the end is a panic.
    pub fn windows_of(&self, example: usize) -> Range<usize> {
        self.first_windows[example]..self.first_windows[example + 1]
    }

    /// The bytes of the context that a token of a window came from; none for tokens of the
    /// question and those that the tokenizer added, or if there is no such token.
    pub fn context_span(&self, window: usize, token: usize) -> Option<(usize, usize)> {
        let tokens = self.encoded.tokens_of(window).ok()?;
        let span = self.spans.get(tokens)?.get(token)?;
        (span.0 != IGNORE).then_some((span.0 as usize, span.1 as usize))
    }

    /// The bytes of the context from the first of two tokens of a window to the last, if both are
    /// of the context and in order.
    pub fn answer_span(&self, window: usize, first: usize, last: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.context_span(window, first)?, self.context_span(window, last)?);
        (first <= last).then_some((start.0, end.1))
    }
}

/// The token that stands for "no answer": `[CLS]`, or that of the beginning of a text, or the
/// first.
fn cls_token(tokenizer: &dyn Tokenizer, window: &Encoding) -> u32 {
    let special = tokenizer.special_tokens();
    let find = |id: Option<u32>| window.ids.iter().position(|token| Some(*token) == id);
    find(special.cls).or_else(|| find(special.bos)).unwrap_or_default() as u32
}

fn context_span(window: &Encoding, token: usize) -> (u32, u32) {
    match window.sequence_ids[token] {
        Some(1) => (window.spans[token].0 as u32, window.spans[token].1 as u32),
        _ => (IGNORE, IGNORE),
    }
}

/// The first and last token of an answer, if the window holds all of it.
///
/// These are the last token that begins at the answer's first byte or before, and the first that
/// ends at its last or after; of several tokens of one character, which all have its span, the
/// outermost.
fn tokens_of(answer: &QaAnswer, window: &Encoding) -> Option<(u32, u32)> {
    let is_context = |id: &Option<u8>| *id == Some(1);
    let first = window.sequence_ids.iter().position(is_context)?;
    let last = window.sequence_ids.iter().rposition(is_context)?;
    let spans = window.spans.get(first..=last)?;
    if spans.first()?.0 > answer.start || spans.last()?.1 < answer.end() {
        return None;
    }
    let mut start = spans.iter().take_while(|span| span.0 <= answer.start).count() - 1;
    let mut end = spans.len() - spans.iter().rev().take_while(|s| s.1 >= answer.end()).count();
    while start > 0 && spans[start - 1] == spans[start] {
        start -= 1;
    }
    while end + 1 < spans.len() && spans[end + 1] == spans[end] {
        end += 1;
    }
    (start <= end).then_some(((first + start) as u32, (first + end) as u32))
}

#[cfg(test)]
mod tests;
