//! The best answers to each question over all windows of its text.

use sconce_models::QuestionAnswerer;
use sconce_ops::Mode;
use sconce_text_pipeline::Collator;

use super::{AnswerOptions, Questions};
use crate::batching::evaluation_batches;
use crate::error::{Error, Result};
use crate::packed;

/// The answers to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundAnswers<'a> {
    /// The best answers, the best first. There is none if no window has a token of the text.
    pub answers: Vec<FoundAnswer<'a>>,
    /// Logit of there being no answer: the smallest of all windows, since each of them must not
    /// have it.
    pub no_answer: f32,
}

/// A part of a text that could be an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundAnswer<'a> {
    /// What it says.
    pub text: &'a str,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Sum of the logits of its first and its last token.
    pub logit: f32,
}

impl<'a> FoundAnswers<'a> {
    /// The best answer, or nothing if no answer is better than it by more than the threshold.
    pub fn text(&self, no_answer_threshold: Option<f64>) -> &'a str {
        let Some(best) = self.answers.first() else { return "" };
        let margin = f64::from(self.no_answer) - f64::from(best.logit);
        let is_none = no_answer_threshold.is_some_and(|threshold| margin > threshold);
        if is_none { "" } else { best.text }
    }

    /// Takes the answers of one more window.
    fn add(&mut self, answers: Vec<FoundAnswer<'a>>, no_answer: f32, n_best: usize) {
        self.no_answer = self.no_answer.min(no_answer);
        self.answers.extend(answers);
        let key = |answer: &FoundAnswer<'a>| (answer.start, answer.text.len());
        // In whatever order windows come.
        self.answers.sort_by(|a, b| b.logit.total_cmp(&a.logit).then_with(|| key(a).cmp(&key(b))));
        // What two windows share is found twice.
        let mut kept: Vec<FoundAnswer<'a>> = Vec::with_capacity(n_best.min(self.answers.len()));
        for answer in self.answers.drain(..) {
            if kept.len() < n_best && kept.iter().all(|other| key(other) != key(&answer)) {
                kept.push(answer);
            }
        }
        self.answers = kept;
    }
}

/// Looks for the best answers to questions, a question at a time in their order.
///
/// An answer is made of tokens of the text alone and lies in one window. Under
/// [`ParamStore::no_grad`](crate::ParamStore::no_grad) nothing is kept for a backward pass.
///
/// # Errors
/// If the windows are not those of the questions, or an id is not the model's.
pub fn find_answers<'a>(
    model: &QuestionAnswerer,
    questions: Questions<'a>,
    options: &AnswerOptions,
) -> Result<Vec<FoundAnswers<'a>>> {
    let Questions { windows, examples } = questions;
    if windows.n_examples() != examples.len() {
        let (examples, encoded) = (examples.len(), windows.n_examples());
        return Err(Error::WrongQuestions { examples, encoded });
    }
    let nothing = FoundAnswers { answers: Vec::new(), no_answer: f32::INFINITY };
    let mut found = vec![nothing; examples.len()];
    let encoded = windows.encoded();
    for rows in evaluation_batches(&encoded.lengths()) {
        let batch = Collator::new(encoded).collate(&rows)?;
        let offsets = packed::offsets(&batch)?;
        let is_context: Vec<bool> = rows
            .iter()
            .zip(offsets.iter())
            .flat_map(|(&window, tokens)| (0..tokens.len()).map(move |token| (window, token)))
            .map(|(window, token)| windows.context_span(window, token).is_some())
            .collect();
        let logits = model.forward(&packed::tokens(&batch, &offsets), Mode::Eval)?.detach();
        let AnswerOptions { n_best, max_answer_length, .. } = *options;
        let decoded = model.decode(&logits, &offsets, &is_context, n_best, max_answer_length)?;
        for (window, answers) in rows.into_iter().zip(decoded) {
            let example = windows.example_of(window);
            let text = |start: usize, end: usize| examples[example].context.get(start..end);
            let spans = answers.spans.iter().filter_map(|span| {
                let (start, end) = windows.answer_span(window, span.start, span.end)?;
                Some(FoundAnswer { text: text(start, end)?, start, logit: span.logit })
            });
            found[example].add(spans.collect(), answers.no_answer, n_best);
        }
    }
    Ok(found)
}
