//! The task of predicting the next token, in blocks of a text or at places drawn at random, as
//! nanoGPT does.

use candle_core::Tensor;
use sconce_models::CausalLanguageModel;
use sconce_ops::{CrossEntropy, Mode, ParamStore, Reduction};
use sconce_text_pipeline::{Collator, EncodedDataset, PackedBatch, TokenStream};

use crate::batching::{Batching, evaluation_batches};
use crate::error::Result;
use crate::losses::target_weight;
use crate::packed;
use crate::report::{Details, Mean, Report};
use crate::task::{Evaluation, StepLoss, Task};

/// Trains a causal language model with cross-entropy over the next tokens. Logits are never held
/// all at once.
///
/// The metrics are those of [`evaluate_causal_lm`]; `loss` says which weights are best.
#[derive(Debug)]
pub struct CausalTask<'a> {
    /// The model.
    pub model: &'a CausalLanguageModel,
    /// Its parameters.
    pub store: &'a ParamStore,
    /// Text to train on.
    pub train: LmRows<'a>,
    /// [Blocks](sconce_text_pipeline::LmBlocks) to choose the best weights by, never trained on.
    pub valid: Option<&'a EncodedDataset>,
    /// The loss.
    pub loss: CrossEntropy,
    /// How many rows make a batch, and the seed of their order or places.
    pub batching: Batching,
}

/// The rows that a causal language model is trained on.
#[derive(Debug, Clone, Copy)]
pub enum LmRows<'a> {
    /// [Blocks](sconce_text_pipeline::LmBlocks), each once an epoch.
    Blocks(&'a EncodedDataset),
    /// Pieces from places drawn at random. The task names them by the number of the draw.
    Random {
        /// The text.
        stream: &'a TokenStream,
        /// Tokens of a piece.
        block_size: usize,
        /// Batches that count as an epoch.
        batches: u64,
    },
}

impl Task for CausalTask<'_> {
    fn store(&self) -> &ParamStore {
        self.store
    }

    fn batches(&self, epoch: u64) -> Vec<Vec<usize>> {
        match self.train {
            LmRows::Blocks(blocks) => self.batching.batches(&blocks.lengths(), epoch),
            LmRows::Random { batches, .. } => {
                let first = epoch.saturating_mul(batches);
                (first..first.saturating_add(batches)).map(|draw| vec![draw as usize]).collect()
            }
        }
    }

    fn loss(&self, rows: &[usize], mode: Mode) -> Result<StepLoss> {
        let batch = match self.train {
            LmRows::Blocks(blocks) => Collator::new(blocks).collate(rows)?,
            LmRows::Random { stream, block_size, .. } => {
                let Batching { batch_size, seed, .. } = self.batching;
                let draw = rows.first().copied().unwrap_or_default() as u64;
                stream.sample(batch_size, block_size, seed, draw)?
            }
        };
        let targets = packed::of_tokens(&batch.targets)?;
        let loss = loss(self.model, &self.loss, &batch, mode)?;
        Ok(StepLoss::new(loss, batch.len()).weighted(target_weight(&self.loss, targets)))
    }

    fn evaluate(&self) -> Result<Option<Evaluation>> {
        let report = self.valid.map(|valid| evaluate_causal_lm(self.model, valid)).transpose()?;
        Ok(report.map(|report| report.metrics))
    }
}

/// Runs a model over [blocks](sconce_text_pipeline::LmBlocks): `loss` and `perplexity` over all
/// tokens that have a next one.
///
/// Logits are never held all at once. Under [`ParamStore::no_grad`] nothing is kept for a backward
/// pass, and no gradient computed.
///
/// # Errors
/// If the blocks have no targets, or an id is not the model's.
pub fn evaluate_causal_lm(model: &CausalLanguageModel, blocks: &EncodedDataset) -> Result<Report> {
    let (mut mean, plain) = (Mean::default(), CrossEntropy::default());
    for rows in evaluation_batches(&blocks.lengths()) {
        let batch = Collator::new(blocks).collate(&rows)?;
        let weight = target_weight(&plain, packed::of_tokens(&batch.targets)?);
        mean.add(&loss(model, &plain, &batch, Mode::Eval)?, weight)?;
    }
    let loss = mean.value();
    Ok(Report::new([("loss", loss), ("perplexity", loss.exp())], Details::None))
}

fn loss(
    model: &CausalLanguageModel,
    loss: &CrossEntropy,
    batch: &PackedBatch,
    mode: Mode,
) -> Result<Tensor> {
    let (targets, offsets) = (packed::of_tokens(&batch.targets)?, packed::offsets(batch)?);
    let features = model.features(&packed::tokens(batch, &offsets), mode)?;
    Ok(loss.linear_loss(&features, model.output(), None, targets, Reduction::Mean)?)
}

#[cfg(test)]
mod tests;
