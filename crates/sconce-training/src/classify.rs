//! The task of giving each sentence, or pair of sentences, one label, any number of labels, or a
//! number: what the model's problem type says.

use candle_core::{D, DType, Tensor};
use sconce_metrics::{Average, ConfusionMatrix, MeanSquaredError, Metric, MultiLabel};
use sconce_metrics::{Pearson, Spearman};
use sconce_models::{ProblemType, SequenceClassifier};
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Mode, ParamStore};
use sconce_text_pipeline::{Collator, EncodedDataset, PackedBatch, Targets};

use crate::batching::{Batching, evaluation_batches};
use crate::error::Result;
use crate::losses::{multi_label_loss, regression_loss, target_weight};
use crate::packed;
use crate::report::{Details, Mean, Report};
use crate::task::{Evaluation, StepLoss, Task};

/// Trains a model of whole sentences: with cross-entropy where each has one label, with binary
/// cross-entropy where each has any number, with the squared error where it has a number.
///
/// The metrics are those of [`evaluate_classifier`]; `accuracy`, `micro_f1` or `spearman` says
/// which weights are best.
#[derive(Debug)]
pub struct ClassifyTask<'a> {
    /// The model.
    pub model: &'a SequenceClassifier,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Examples to train on, with the targets of the model's problem type.
    pub train: &'a EncodedDataset,
    /// Examples to choose the best weights by, never trained on.
    pub valid: Option<&'a EncodedDataset>,
    /// The loss of one label for each example. Where there are any number, its class weights are
    /// those of the labels that apply, and smoothing is not used; numbers use nothing of it.
    pub loss: CrossEntropy,
    /// How rows become batches.
    pub batching: Batching,
}

impl Task for ClassifyTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batching.batches(&self.train.lengths(), epoch)
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let batch = Collator::new(self.train).collate(rows)?;
        let logits = forward(self.model, &batch, mode)?;
        let (loss, weight) = loss(self.model.problem_type(), &self.loss, &logits, &batch.targets)?;
        Ok(StepLoss::new(loss, rows.len()).weighted(weight))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let report = self.valid.map(|valid| evaluate_classifier(self.model, valid)).transpose()?;
        Ok(report.map(|report| report.metrics))
    }

    fn metric(&self) -> &str {
        match self.model.problem_type() {
            ProblemType::SingleLabelClassification => "accuracy",
            ProblemType::MultiLabelClassification => "micro_f1",
            ProblemType::Regression => "spearman",
        }
    }
}

/// The mean loss of a batch, and what the mean divides by.
fn loss(
    problem_type: ProblemType,
    loss: &CrossEntropy,
    logits: &Tensor,
    targets: &Targets,
) -> Result<(Tensor, f64)> {
    let n_rows = logits.dim(0)? as f64;
    Ok(match problem_type {
        ProblemType::SingleLabelClassification => {
            let targets = packed::classes(targets)?;
            (loss.loss(logits, targets)?, target_weight(loss, targets))
        }
        ProblemType::MultiLabelClassification => {
            let weights = loss.class_weights.as_deref().map(|weights| {
                Tensor::from_slice(weights, weights.len(), logits.device())?
                    .to_dtype(logits.dtype())
            });
            let targets = packed::label_sets(targets)?;
            (multi_label_loss(logits, targets, weights.transpose()?.as_ref())?, n_rows)
        }
        ProblemType::Regression => (regression_loss(logits, packed::numbers(targets)?)?, n_rows),
    })
}

/// Runs a model over examples with the targets of its problem type.
///
/// - One label: `accuracy`, `macro_f1` and `loss`; with the confusion matrix.
/// - Any number of labels: `micro_f1`, `macro_f1`, `subset_accuracy` and `loss`, a label being
///   predicted where its probability is above one half; with the counts of each label.
/// - A number: `pearson`, `spearman` and `mse`.
///
/// Under [`ParamStore::no_grad`] nothing is kept for a backward pass.
///
/// # Errors
/// If the targets are not of the problem type, or a label or id of the examples is not the model's.
pub fn evaluate_classifier(
    model: &SequenceClassifier,
    examples: &EncodedDataset,
) -> Result<Report> {
    match model.problem_type() {
        ProblemType::SingleLabelClassification => evaluate_label(model, examples),
        ProblemType::MultiLabelClassification => evaluate_label_sets(model, examples),
        ProblemType::Regression => evaluate_numbers(model, examples),
    }
}

fn evaluate_label(model: &SequenceClassifier, examples: &EncodedDataset) -> Result<Report> {
    let mut confusion = ConfusionMatrix::new(model.labels().len());
    let mut mean = Mean::default();
    for_each_batch(model, examples, |targets, logits| {
        let targets = packed::classes(targets)?;
        let plain = CrossEntropy::default();
        mean.add(&plain.loss(logits, targets)?, target_weight(&plain, targets))?;
        let predictions = logits.argmax(D::Minus1)?.to_vec1::<u32>()?;
        let pairs = targets.iter().zip(predictions).filter(|(target, _)| **target != IGNORE_INDEX);
        let (targets, predictions): (Vec<u32>, Vec<u32>) = pairs.unzip();
        Ok(confusion.update(&targets, &predictions)?)
    })?;
    let metrics = [
        ("accuracy", confusion.accuracy()),
        ("macro_f1", confusion.macro_f1()),
        ("loss", mean.value()),
    ];
    Ok(Report::new(metrics, Details::Labels(confusion)))
}

fn evaluate_label_sets(model: &SequenceClassifier, examples: &EncodedDataset) -> Result<Report> {
    let mut counted = MultiLabel::new(model.labels().len());
    let mut mean = Mean::default();
    for_each_batch(model, examples, |targets, logits| {
        let targets = packed::label_sets(targets)?;
        mean.add(&multi_label_loss(logits, targets, None)?, logits.dim(0)? as f64)?;
        // A logit above 0 is a probability above one half.
        let predictions: Vec<bool> = numbers(logits)?.into_iter().map(|x| x > 0.).collect();
        let targets: Vec<bool> = targets.iter().map(|target| *target > 0.5).collect();
        Ok(counted.update(&targets, &predictions)?)
    })?;
    let metrics = [
        ("micro_f1", counted.average(Average::Micro).f1),
        ("macro_f1", counted.average(Average::Macro).f1),
        ("subset_accuracy", counted.subset_accuracy()),
        ("loss", mean.value()),
    ];
    Ok(Report::new(metrics, Details::LabelSets(counted)))
}

fn evaluate_numbers(model: &SequenceClassifier, examples: &EncodedDataset) -> Result<Report> {
    let (mut pearson, mut spearman) = (Pearson::new(), Spearman::new());
    let mut mse = MeanSquaredError::new();
    for_each_batch(model, examples, |targets, logits| {
        let targets: Vec<f64> = packed::numbers(targets)?.iter().map(|&x| x.into()).collect();
        let predictions = numbers(logits)?;
        pearson.update(&targets, &predictions)?;
        spearman.update(&targets, &predictions)?;
        Ok(mse.update(&targets, &predictions)?)
    })?;
    let metrics =
        [("pearson", pearson.value()), ("spearman", spearman.value()), ("mse", mse.value())];
    Ok(Report::new(metrics, Details::None))
}

/// Hands over targets and logits of all examples, some at a time.
fn for_each_batch(
    model: &SequenceClassifier,
    examples: &EncodedDataset,
    mut take: impl FnMut(&Targets, &Tensor) -> Result<()>,
) -> Result<()> {
    for rows in evaluation_batches(&examples.lengths()) {
        let batch = Collator::new(examples).collate(&rows)?;
        take(&batch.targets, &forward(model, &batch, Mode::Eval)?.detach())?;
    }
    Ok(())
}

fn numbers(logits: &Tensor) -> Result<Vec<f64>> {
    Ok(logits.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
}

fn forward(model: &SequenceClassifier, batch: &PackedBatch, mode: Mode) -> Result<Tensor> {
    let offsets = packed::offsets(batch)?;
    Ok(model.forward(&packed::tokens(batch, &offsets), mode)?)
}

#[cfg(test)]
mod tests;
