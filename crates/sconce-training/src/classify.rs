//! The task of giving each sentence one label.

use sconce_metrics::ConfusionMatrix;
use sconce_models::{SequenceClassifier, Tokens};
use sconce_ops::{CrossEntropy, Mode, Offsets, ParamStore};
use sconce_text_pipeline::{BatchSampler, Collator, EncodedDataset, PackedBatch};

use crate::error::Result;
use crate::losses::target_weight;
use crate::task::{Evaluation, StepLoss, Task};

/// Examples of an evaluation batch: enough to keep all cores busy.
const EVALUATION_BATCH: usize = 256;

/// Trains a sentence classifier with cross-entropy, and evaluates it by accuracy and macro F1.
#[derive(Debug)]
pub struct ClassifyTask<'a> {
    /// The model.
    pub model: &'a SequenceClassifier,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Examples to train on.
    pub train: &'a EncodedDataset,
    /// Examples to choose the best epoch by, never trained on.
    pub valid: Option<&'a EncodedDataset>,
    /// The loss.
    pub loss: CrossEntropy,
    /// Examples a step.
    pub batch_size: usize,
    /// Seed of the order of the examples.
    pub seed: u64,
}

impl Task for ClassifyTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        let sampler = BatchSampler {
            n_examples: self.train.len(),
            batch_size: self.batch_size,
            shuffle: true,
            seed: self.seed,
            drop_last: false,
        };
        sampler.batches(epoch)
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let batch = Collator::new(self.train).collate(rows)?;
        let logits = forward(self.model, &batch, mode)?;
        let loss = self.loss.loss(&logits, batch.labels())?;
        Ok(StepLoss::new(loss, rows.len()).weighted(target_weight(&self.loss, batch.labels())))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let Some(valid) = self.valid else { return Ok(None) };
        let (confusion, loss) = evaluate_classifier(self.model, valid)?;
        Ok(Some(classify(&confusion, loss)))
    }

    fn metric(&self) -> &str {
        "accuracy"
    }
}

/// The metrics of a classifier, by name.
pub fn classify(confusion: &ConfusionMatrix, loss: f64) -> Evaluation {
    Evaluation::from([
        ("accuracy".into(), confusion.accuracy()),
        ("macro_f1".into(), confusion.macro_f1()),
        ("loss".into(), loss),
    ])
}

/// Runs a classifier over labelled examples; gives the confusion matrix and the mean
/// cross-entropy. Under [`ParamStore::no_grad`] nothing is kept for a backward pass.
///
/// # Errors
/// If a label or id of the examples is not the model's.
pub fn evaluate_classifier(
    model: &SequenceClassifier,
    examples: &EncodedDataset,
) -> Result<(ConfusionMatrix, f64)> {
    let mut confusion = ConfusionMatrix::new(model.labels().len());
    let mut loss = 0.;
    for rows in BatchSampler::by_length(&examples.lengths(), EVALUATION_BATCH) {
        let batch = Collator::new(examples).collate(&rows)?;
        let logits = forward(model, &batch, Mode::Eval)?.detach();
        let mean = CrossEntropy::default().loss(&logits, batch.labels())?;
        loss += mean.to_dtype(candle_core::DType::F64)?.to_scalar::<f64>()? * rows.len() as f64;
        let predictions = logits.argmax(candle_core::D::Minus1)?.to_vec1::<u32>()?;
        confusion.update(batch.labels(), &predictions)?;
    }
    Ok((confusion, loss / examples.len().max(1) as f64))
}

fn forward(
    model: &SequenceClassifier,
    batch: &PackedBatch,
    mode: Mode,
) -> candle_core::Result<candle_core::Tensor> {
    let offsets = Offsets::new(batch.offsets.as_slice())?;
    model.forward(&Tokens { ids: &batch.ids, type_ids: &batch.type_ids, offsets: &offsets }, mode)
}

#[cfg(test)]
mod tests;
