//! The task of giving each word of a sentence a label: names and other phrases (span F1, as in Tjong
//! Kim Sang and De Meulder, 2003, arXiv:cs/0306050), parts of speech.

use candle_core::D;
use sconce_metrics::{Average, ConfusionMatrix, SpanF1};
use sconce_models::TokenClassifier;
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Mode, ParamStore};
use sconce_text_pipeline::{Collator, TagScheme, TokenDataset};

use crate::batching::{Batching, evaluation_batches};
use crate::error::Result;
use crate::losses::target_weight;
use crate::packed;
use crate::report::{Details, Mean, Report};
use crate::task::{Evaluation, StepLoss, Task};

/// Trains a model of tokens with cross-entropy over those that have a label.
///
/// The metrics are those of [`evaluate_tagger`]; `f1`, or `accuracy` where labels mark no spans,
/// says which weights are best.
#[derive(Debug)]
pub struct TagTask<'a> {
    /// The model.
    pub model: &'a TokenClassifier,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Sentences to train on.
    pub train: &'a TokenDataset,
    /// Sentences to choose the best weights by, never trained on.
    pub valid: Option<&'a TokenDataset>,
    /// The loss.
    pub loss: CrossEntropy,
    /// How sentences become batches.
    pub batching: Batching,
}

impl Task for TagTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batching.batches(&self.train.encoded().lengths(), epoch)
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let batch = Collator::new(self.train.encoded()).collate(rows)?;
        let targets = packed::of_tokens(&batch.targets)?;
        let offsets = packed::offsets(&batch)?;
        let logits = self.model.forward(&packed::tokens(&batch, &offsets), mode)?;
        let loss = self.loss.loss(&logits, targets)?;
        Ok(StepLoss::new(loss, rows.len()).weighted(target_weight(&self.loss, targets)))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let report = self.valid.map(|valid| evaluate_tagger(self.model, valid)).transpose()?;
        Ok(report.map(|report| report.metrics))
    }

    fn metric(&self) -> &str {
        if marks_spans(self.model.labels()) { "f1" } else { "accuracy" }
    }
}

/// Runs a model over sentences with labels. What is predicted for a word is what is predicted for
/// its first token; words that have none (cut off, say) do not count.
///
/// - Labels that mark spans (`B-PER`, `I-PER`, `O`): `f1`, `precision` and `recall` of spans,
///   read leniently as seqeval does by default, `accuracy` of words and `loss`; with a line for
///   each kind of span.
/// - Others: `accuracy`, `macro_f1` and `loss`; with the confusion matrix.
///
/// Under [`ParamStore::no_grad`] nothing is kept for a backward pass.
///
/// # Errors
/// If the sentences have no labels, or a label or id is not the model's.
pub fn evaluate_tagger(model: &TokenClassifier, sentences: &TokenDataset) -> Result<Report> {
    let mut counts = Counts::new(model.labels());
    let mut mean = Mean::default();
    let (encoded, plain) = (sentences.encoded(), CrossEntropy::default());
    for rows in evaluation_batches(&encoded.lengths()) {
        let batch = Collator::new(encoded).collate(&rows)?;
        let targets = packed::of_tokens(&batch.targets)?;
        let offsets = packed::offsets(&batch)?;
        let tokens = packed::tokens(&batch, &offsets);
        let logits = model.forward(&tokens, Mode::Eval)?.detach();
        mean.add(&plain.loss(&logits, targets)?, target_weight(&plain, targets))?;
        let predictions = logits.argmax(D::Minus1)?.to_vec1::<u32>()?;
        for (&row, tokens) in rows.iter().zip(offsets.iter()) {
            let targets = sentences.words_of(row, &targets[tokens.clone()])?;
            let predictions = sentences.words_of(row, &predictions[tokens])?;
            counts.update(model.labels(), &targets, &predictions)?;
        }
    }
    Ok(counts.report(mean.value()))
}

/// Whether labels say where a span begins and ends.
fn marks_spans(labels: &[String]) -> bool {
    TagScheme::detect([labels]) != TagScheme::Plain
}

/// What is counted, by the kind of the labels.
enum Counts {
    Spans(SpanF1),
    Labels(ConfusionMatrix),
}

impl Counts {
    fn new(labels: &[String]) -> Self {
        match marks_spans(labels) {
            true => Self::Spans(SpanF1::new()),
            false => Self::Labels(ConfusionMatrix::new(labels.len())),
        }
    }

    /// Counts the words of one sentence.
    fn update(&mut self, labels: &[String], targets: &[u32], predictions: &[u32]) -> Result<()> {
        match self {
            Self::Spans(spans) => spans.update_ids(labels, targets, predictions)?,
            Self::Labels(confusion) => {
                let pairs = targets.iter().zip(predictions);
                let pairs = pairs.filter(|(target, _)| **target != IGNORE_INDEX);
                let (targets, predictions): (Vec<u32>, Vec<u32>) = pairs.unzip();
                confusion.update(&targets, &predictions)?;
            }
        }
        Ok(())
    }

    fn report(self, loss: f64) -> Report {
        match self {
            Self::Spans(spans) => {
                let micro = spans.average(Average::Micro);
                let metrics = [
                    ("f1", micro.f1),
                    ("precision", micro.precision),
                    ("recall", micro.recall),
                    ("accuracy", spans.token_accuracy()),
                    ("loss", loss),
                ];
                Report::new(metrics, Details::Spans(spans.report()))
            }
            Self::Labels(confusion) => {
                let (accuracy, macro_f1) = (confusion.accuracy(), confusion.macro_f1());
                let metrics = [("accuracy", accuracy), ("macro_f1", macro_f1), ("loss", loss)];
                Report::new(metrics, Details::Labels(confusion))
            }
        }
    }
}

#[cfg(test)]
mod tests;
