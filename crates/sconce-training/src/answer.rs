//! The task of finding the answer to a question in a text (Rajpurkar et al., 2016,
//! arXiv:1606.05250), or finding that it has none (2018, arXiv:1806.03822).

use sconce_metrics::{Squad, SquadV2};
use sconce_models::QuestionAnswerer;
use sconce_ops::{Mode, ParamStore};
use sconce_text_pipeline::{Collator, QaDataset, QaExample};
use serde::{Deserialize, Serialize};

use crate::batching::Batching;
use crate::error::Result;
use crate::losses::{span_loss, span_weight};
use crate::packed;
use crate::report::{Details, Report};
use crate::task::{Evaluation, StepLoss, Task};

mod find;

pub use self::find::{FoundAnswer, FoundAnswers, find_answers};

/// Trains a model that finds answers with the mean cross-entropy of their first and last tokens.
///
/// A window that does not hold the answer has its first token as both. The metrics are those of
/// [`evaluate_answerer`]; `f1` says which weights are best.
#[derive(Debug)]
pub struct AnswerTask<'a> {
    /// The model.
    pub model: &'a QuestionAnswerer,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Windows to train on.
    pub train: &'a QaDataset,
    /// Questions to choose the best weights by, never trained on.
    pub valid: Option<Questions<'a>>,
    /// How answers are found.
    pub options: AnswerOptions,
    /// How windows become batches.
    pub batching: Batching,
}

/// Questions with their answers, and their windows.
#[derive(Debug, Clone, Copy)]
pub struct Questions<'a> {
    /// The windows of the questions.
    pub windows: &'a QaDataset,
    /// The questions that these were made of.
    pub examples: &'a [QaExample],
}

/// How answers are found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerOptions {
    /// Answers to each question that are kept, the best first; 20 by default.
    pub n_best: usize,
    /// The most tokens of an answer; 30 by default.
    pub max_answer_length: usize,
    /// How much more likely it must be that there is no answer than the best answer, as a
    /// difference of logits, for a question to be left unanswered. Without, each is answered; but
    /// an evaluation on questions some of which have no answer takes 0.
    pub no_answer_threshold: Option<f64>,
}

impl Default for AnswerOptions {
    fn default() -> Self {
        Self { n_best: 20, max_answer_length: 30, no_answer_threshold: None }
    }
}

impl Task for AnswerTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batching.batches(&self.train.encoded().lengths(), epoch)
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let batch = Collator::new(self.train.encoded()).collate(rows)?;
        let spans = packed::spans(&batch.targets)?;
        let offsets = packed::offsets(&batch)?;
        let logits = self.model.forward(&packed::tokens(&batch, &offsets), mode)?;
        let loss = span_loss(&logits, &offsets, spans)?;
        Ok(StepLoss::new(loss, rows.len()).weighted(span_weight(&offsets, spans)))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let evaluate = |valid| evaluate_answerer(self.model, valid, &self.options);
        Ok(self.valid.map(evaluate).transpose()?.map(|report| report.metrics))
    }

    fn metric(&self) -> &str {
        "f1"
    }
}

/// Answers questions and compares the answers with the right ones: `exact_match` and `f1`, both
/// from 0 to 1. Where some questions have no answer, as in SQuAD 2.0, also for each of the two
/// kinds: `has_answer_f1`, `has_answer_exact_match`, `no_answer_f1`, `no_answer_exact_match`.
///
/// Under [`ParamStore::no_grad`] nothing is kept for a backward pass.
///
/// # Errors
/// If the windows are not those of the questions, a question that is not said to be impossible has
/// no right answer, or an id is not the model's.
pub fn evaluate_answerer(
    model: &QuestionAnswerer,
    questions: Questions<'_>,
    options: &AnswerOptions,
) -> Result<Report> {
    let found = find_answers(model, questions, options)?;
    let pairs = || questions.examples.iter().zip(&found);
    let right = |example: &QaExample| -> Vec<String> {
        example.answers.iter().map(|answer| answer.text.clone()).collect()
    };
    if !questions.examples.iter().any(|example| example.is_impossible) {
        let mut squad = Squad::new();
        for (example, found) in pairs() {
            squad.update(&right(example), found.text(options.no_answer_threshold))?;
        }
        let scores = squad.scores();
        let metrics = [("exact_match", scores.exact_match), ("f1", scores.f1)];
        return Ok(Report::new(metrics, Details::None));
    }
    let mut squad = SquadV2::new();
    let threshold = options.no_answer_threshold.unwrap_or_default();
    for (example, found) in pairs() {
        squad.update(&right(example), found.text(Some(threshold)), 0.)?;
    }
    let [all, with, without] = [squad.scores(), squad.has_answer(), squad.no_answer()];
    let metrics = [
        ("exact_match", all.exact_match),
        ("f1", all.f1),
        ("has_answer_exact_match", with.exact_match),
        ("has_answer_f1", with.f1),
        ("no_answer_exact_match", without.exact_match),
        ("no_answer_f1", without.f1),
    ];
    Ok(Report::new(metrics, Details::None))
}

#[cfg(test)]
mod tests;
