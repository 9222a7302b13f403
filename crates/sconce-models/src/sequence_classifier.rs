//! Labels or numbers for each sentence, from any network: its logits, and what they mean.

use candle_core::{D, DType, Tensor};
use sconce_ops::{Mode, Params};

use crate::backbone::Backbone;
use crate::config::{ModelConfig, ProblemType};
use crate::error::{Error, Result};
use crate::lora::Adapters;
use crate::tokens::Tokens;
use crate::word_classifier::WordClassifier;

mod pretrained;

use self::pretrained::PretrainedClassifier;

/// A label and its probability, or a number's name and its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelScore {
    /// Id of the label.
    pub id: u32,
    /// Its probability; of a regression, the number.
    pub score: f32,
}

/// A model of whole sentences. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct SequenceClassifier {
    config: ModelConfig,
    labels: Vec<String>,
    problem_type: ProblemType,
    network: Network,
}

/// What computes the logits.
#[derive(Debug, Clone)]
enum Network {
    Words(Box<WordClassifier>),
    Pretrained(Box<PretrainedClassifier>),
}

impl SequenceClassifier {
    /// Creates or finds the parameters.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn new(config: &ModelConfig, params: &Params) -> Result<Self> {
        let inconsistent = |message| Error::Inconsistent { message };
        let labels = config.labels().map_err(inconsistent)?;
        let problem_type = match config {
            ModelConfig::Words(config) => config.problem_type,
            ModelConfig::Pretrained(config) => config.problem_type().map_err(inconsistent)?,
        };
        let needed = if problem_type == ProblemType::SingleLabelClassification { 2 } else { 1 };
        // A single logit of a cross-encoder is trained and read as a regression.
        if labels.len() < needed {
            let message = format!("a classifier needs two labels, id2label has {labels:?}");
            return Err(inconsistent(message));
        }
        let n_labels = labels.len();
        let network = match config {
            ModelConfig::Words(config) => {
                Network::Words(Box::new(WordClassifier::new(config, n_labels, params)?))
            }
            ModelConfig::Pretrained(config) => {
                let backbone = Backbone::new(config, params)?;
                Network::Pretrained(Box::new(PretrainedClassifier::new(backbone, n_labels)?))
            }
        };
        Ok(Self { config: config.clone(), labels, problem_type, network })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Label names in the order of their ids.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What the labels of an example may be.
    pub fn problem_type(&self) -> ProblemType {
        self.problem_type
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        match &self.network {
            Network::Words(_) => None,
            Network::Pretrained(network) => network.backbone().adapters.as_ref(),
        }
    }

    /// Scores packed sentences.
    ///
    /// # Shapes
    /// - tokens: `n_tokens` of `batch` sentences
    /// - output: logits `(batch, n_labels)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, the offsets do not cover the ids, or a sentence is longer
    /// than the model's positions.
    pub fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        match &self.network {
            Network::Words(network) => network.forward(tokens, mode),
            Network::Pretrained(network) => network.forward(tokens, mode),
        }
    }

    /// The score of every label of each row, the highest first: probabilities that add up to 1, or of
    /// each label by itself, or the numbers of a regression, by what the problem is.
    ///
    /// # Shapes
    /// - logits: `(batch, n_labels)`
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn decode(&self, logits: &Tensor) -> candle_core::Result<Vec<Vec<LabelScore>>> {
        let logits = logits.to_dtype(DType::F32)?;
        let scores = match self.problem_type {
            ProblemType::SingleLabelClassification => probabilities(&logits)?,
            ProblemType::MultiLabelClassification => sigmoid(&logits)?,
            ProblemType::Regression => logits,
        };
        let rank = |row: Vec<f32>| {
            let mut scores: Vec<LabelScore> =
                (0..).zip(row).map(|(id, score)| LabelScore { id, score }).collect();
            scores.sort_by(|a, b| b.score.total_cmp(&a.score));
            scores
        };
        Ok(scores.to_vec2::<f32>()?.into_iter().map(rank).collect())
    }
}

/// Softmax of each row.
pub(crate) fn probabilities(logits: &Tensor) -> candle_core::Result<Tensor> {
    let log_sums = logits.log_sum_exp(D::Minus1)?.unsqueeze(1)?;
    logits.broadcast_sub(&log_sums)?.exp()
}

fn sigmoid(logits: &Tensor) -> candle_core::Result<Tensor> {
    // tanh neither overflows nor loses digits.
    ((logits * 0.5)?.tanh()? * 0.5)? + 0.5
}

#[cfg(test)]
mod tests;
