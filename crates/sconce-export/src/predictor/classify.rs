//! Labels, sets of labels and numbers of whole texts.

use sconce_models::{LabelScore, ProblemType};
use sconce_ops::Mode;
use sconce_text_pipeline::Input;
use serde::Serialize;

use super::{Predicted, Predictor};
use crate::error::{Error, Result};

/// What a classifier of one label says of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The most probable label.
    pub label: String,
    /// Its probability.
    pub score: f32,
    /// Every label with its probability, the most probable first.
    pub scores: Vec<(String, f32)>,
}

/// What a model of whole texts says of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Classification {
    /// One label.
    Label(Prediction),
    /// Any number of labels.
    Labels(LabelSet),
    /// Numbers by their name, in the model's order.
    Numbers(Vec<(String, f32)>),
}

/// Labels, each of which applies or does not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelSet {
    /// The labels whose probability reaches the threshold, the most probable first.
    pub labels: Vec<String>,
    /// Every label with its probability, the most probable first.
    pub scores: Vec<(String, f32)>,
}

/// The probability from which on a label of several applies.
pub const THRESHOLD: f32 = 0.5;

impl Predictor {
    /// Predicts the label of each text, in order.
    ///
    /// # Errors
    /// If the model gives no single label, a text cannot be tokenized or a tensor operation fails.
    pub fn predict(&self, texts: &[&str]) -> Result<Vec<Prediction>> {
        let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input::Text(text)).collect();
        let only = |classification| match classification {
            Classification::Label(prediction) => Ok(prediction),
            Classification::Labels(_) => {
                Err(Error::WrongOutput { found: "sets of labels", wanted: "one label" })
            }
            Classification::Numbers(_) => {
                Err(Error::WrongOutput { found: "numbers", wanted: "one label" })
            }
        };
        self.classify(&inputs, THRESHOLD)?.rows.into_iter().map(only).collect()
    }

    /// Labels or numbers of each text or pair of texts, in order; of several labels those that are at
    /// least as probable as `threshold` apply.
    ///
    /// The single number of a cross-encoder goes through the function that its folder names.
    ///
    /// # Errors
    /// If the model is none of whole texts, a text cannot be tokenized or is too long to be taken, or
    /// a tensor operation fails.
    pub fn classify(
        &self,
        inputs: &[Input<'_>],
        threshold: f32,
    ) -> Result<Predicted<Classification>> {
        let model = self.bundle.model.sequence_classifier()?;
        let (dataset, n_truncated) = self.encode_ids(inputs)?;
        let mut rows: Vec<Option<Classification>> = vec![None; inputs.len()];
        self.for_each_batch(&dataset, |numbers, tokens| {
            let logits = model.forward(tokens, Mode::Eval)?;
            for (&row, scores) in numbers.iter().zip(model.decode(&logits)?) {
                let made = self.classification(scores, model.problem_type(), threshold);
                rows[row] = Some(made?);
            }
            Ok(())
        })?;
        Ok(Predicted { rows: rows.into_iter().flatten().collect(), n_truncated })
    }

    fn classification(
        &self,
        mut scores: Vec<LabelScore>,
        problem_type: ProblemType,
        threshold: f32,
    ) -> Result<Classification> {
        if problem_type == ProblemType::Regression {
            scores.sort_by_key(|score| score.id);
            for score in &mut scores {
                score.score = self.score_function.apply(score.score)?;
            }
        }
        let labels = self.bundle.model.sequence_classifier()?.labels();
        let named = |score: &LabelScore| (labels[score.id as usize].clone(), score.score);
        let scores: Vec<(String, f32)> = scores.iter().map(named).collect();
        Ok(match problem_type {
            ProblemType::SingleLabelClassification => {
                let (label, score) = scores.first().cloned().unwrap_or_default();
                Classification::Label(Prediction { label, score, scores })
            }
            ProblemType::MultiLabelClassification => {
                let applying = scores.iter().take_while(|(_, score)| *score >= threshold);
                let labels = applying.map(|(label, _)| label.clone()).collect();
                Classification::Labels(LabelSet { labels, scores })
            }
            ProblemType::Regression => Classification::Numbers(scores),
        })
    }
}

#[cfg(test)]
mod tests;
