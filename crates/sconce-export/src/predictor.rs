//! From text to labels: tokenizer, batches, model and decoding in one.

use candle_core::Tensor;
use sconce_models::{AnyModel, LabelScore};
use sconce_ops::{Mode, Offsets};
use sconce_text_pipeline::{BatchSampler, Collator, EncodedDataset, Targets};
use serde::Serialize;

use crate::bundle::Bundle;
use crate::error::Result;

/// Texts that are scored at a time.
const BATCH: usize = 256;

/// What a classifier says of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The most probable label.
    pub label: String,
    /// Its probability.
    pub score: f32,
    /// Every label with its probability, the most probable first.
    pub scores: Vec<(String, f32)>,
}

/// Predicts with a bundle's model. Any number of threads may share one.
#[derive(Debug)]
pub struct Predictor {
    bundle: Bundle,
}

impl Predictor {
    /// A predictor over a bundle.
    pub fn new(bundle: Bundle) -> Self {
        Self { bundle }
    }

    /// The bundle.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Predicts the label of each text, in order. Texts are scored in batches of similar length;
    /// a text's prediction does not depend on the others.
    ///
    /// # Errors
    /// If a text cannot be tokenized or a tensor operation fails.
    pub fn predict(&self, texts: &[&str]) -> Result<Vec<Prediction>> {
        let AnyModel::SequenceClassifier(model) = &self.bundle.model;
        let max_length = self.bundle.manifest.preprocessing.max_length;
        let examples =
            EncodedDataset::encode(&*self.bundle.tokenizer, texts, Targets::None, max_length)?;
        let mut predictions: Vec<Option<Prediction>> = vec![None; texts.len()];
        for rows in BatchSampler::by_length(&examples.lengths(), BATCH) {
            let batch = Collator::new(&examples).collate(&rows)?;
            let offsets = Offsets::new(batch.offsets)?;
            let logits: Tensor = model.forward(&batch.ids, &offsets, Mode::Eval)?;
            for (row, scores) in rows.into_iter().zip(model.decode(&logits)?) {
                predictions[row] = Some(prediction(&scores, model.labels()));
            }
        }
        Ok(predictions.into_iter().flatten().collect())
    }
}

fn prediction(scores: &[LabelScore], labels: &[String]) -> Prediction {
    let scores: Vec<(String, f32)> =
        scores.iter().map(|s| (labels[s.id as usize].clone(), s.score)).collect();
    let (label, score) = scores.first().cloned().unwrap_or_default();
    Prediction { label, score, scores }
}
