//! The task of guessing hidden tokens (Devlin et al., 2019, arXiv:1810.04805), other ones each time
//! that a text comes up (Liu et al., 2019, arXiv:1907.11692).

use candle_core::{D, Tensor};
use sconce_models::MaskedLm;
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Mode, ParamStore, Reduction, linear};
use sconce_text_pipeline::{Masking, MlmDataset, PackedBatch};

use crate::batching::{Batching, evaluation_batches};
use crate::error::Result;
use crate::losses::target_weight;
use crate::packed;
use crate::report::{Details, Mean, Report};
use crate::task::{Evaluation, StepLoss, Task};

/// Logits that an evaluation holds at once.
const LOGITS_HELD: usize = 1 << 22;

/// Stands for the epoch in which texts are masked for an evaluation; batches to train on count
/// from 1.
const EVALUATION: u64 = 0;

/// Trains a masked language model with cross-entropy over the hidden tokens, whose logits alone are
/// computed, and never held all at once.
///
/// What is hidden follows from the seed of the masking, the number of the batch in the run and the
/// row, so it is new in each epoch. The metrics are those of [`evaluate_masked_lm`]; `loss` says
/// which weights are best.
#[derive(Debug)]
pub struct MaskedTask<'a> {
    /// The model.
    pub model: &'a MaskedLm,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Texts to train on.
    pub train: &'a MlmDataset,
    /// Texts to choose the best weights by, never trained on.
    pub valid: Option<&'a MlmDataset>,
    /// Which tokens are hidden.
    pub masking: Masking,
    /// The loss.
    pub loss: CrossEntropy,
    /// How texts become batches.
    pub batching: Batching,
}

impl Task for MaskedTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        self.batching.batches(&self.train.encoded().lengths(), epoch)
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let number = match mode {
            Mode::Train(key) => key.step,
            Mode::Eval => EVALUATION,
        };
        let batch = self.train.collate(rows, &self.masking, number)?;
        let (features, targets) = features(self.model, &batch, mode)?;
        let (w, b) = self.model.output();
        let loss = self.loss.linear_loss(&features, w, Some(b), &targets, Reduction::Mean)?;
        Ok(StepLoss::new(loss, rows.len()).weighted(target_weight(&self.loss, &targets)))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let evaluate = |valid| evaluate_masked_lm(self.model, valid, &self.masking);
        Ok(self.valid.map(evaluate).transpose()?.map(|report| report.metrics))
    }
}

/// Runs a model over texts whose hidden tokens follow from the masking's seed and the row alone:
/// `loss`, `perplexity` and `accuracy` over these tokens.
///
/// Logits are made some places at a time. Under [`ParamStore::no_grad`] nothing is kept for a
/// backward pass.
///
/// # Errors
/// If a share of the masking is not between 0 and 1, or an id is not the model's.
pub fn evaluate_masked_lm(
    model: &MaskedLm,
    texts: &MlmDataset,
    masking: &Masking,
) -> Result<Report> {
    let (mut mean, mut right, mut n) = (Mean::default(), 0usize, 0usize);
    let (w, b) = model.output();
    let at_once = (LOGITS_HELD / w.tensor().dim(0)?.max(1)).max(1);
    for rows in evaluation_batches(&texts.encoded().lengths()) {
        let batch = texts.collate(&rows, masking, EVALUATION)?;
        let (features, targets) = features(model, &batch, Mode::Eval)?;
        let features = features.detach();
        for (part, targets) in targets.chunks(at_once).enumerate() {
            let features = features.narrow(0, part * at_once, targets.len())?;
            let logits = linear(&features, w.clone(), Some(b.clone()))?.detach();
            let loss = CrossEntropy::default().loss(&logits, targets)?;
            mean.add(&loss, targets.len() as f64)?;
            let predictions = logits.argmax(D::Minus1)?.to_vec1::<u32>()?;
            right += predictions.iter().zip(targets).filter(|(a, b)| a == b).count();
            n += targets.len();
        }
    }
    let loss = mean.value();
    let accuracy = right as f64 / n.max(1) as f64;
    let metrics = [("loss", loss), ("perplexity", loss.exp()), ("accuracy", accuracy)];
    Ok(Report::new(metrics, Details::None))
}

/// The features of the hidden tokens, `(n_hidden, hidden)`, and what these are.
fn features(model: &MaskedLm, batch: &PackedBatch, mode: Mode) -> Result<(Tensor, Vec<u32>)> {
    let targets = packed::of_tokens(&batch.targets)?.iter().copied();
    let hidden = (0u32..).zip(targets).filter(|(_, target)| *target != IGNORE_INDEX);
    let (places, targets): (Vec<u32>, Vec<u32>) = hidden.unzip();
    let offsets = packed::offsets(batch)?;
    Ok((model.features(&packed::tokens(batch, &offsets), &places, mode)?, targets))
}

#[cfg(test)]
mod tests;
