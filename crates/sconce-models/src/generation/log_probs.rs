//! How probable a token was, and what else was.

use super::rows::LogSoftmax;
use super::warpers::{Kept, top_k};

/// The log-probability of a token under the model, before any penalty or temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenLogProb {
    /// Its natural logarithm.
    pub log_prob: f32,
    /// The most probable tokens in its place with their log-probabilities, the best first; the
    /// token itself is there if it is one of them.
    pub alternatives: Vec<(u32, f32)>,
}

impl TokenLogProb {
    pub(super) fn of(logits: &[f32], id: u32, n_alternatives: usize, kept: &mut Kept) -> Self {
        let log_softmax = LogSoftmax::of(logits);
        top_k(logits, n_alternatives, kept);
        let pairs = kept.ids.iter().zip(&kept.scores);
        let mut alternatives: Vec<(u32, f32)> =
            pairs.map(|(&id, &logit)| (id, log_softmax.at(logit))).collect();
        alternatives.sort_by(|a, b| b.1.total_cmp(&a.1)); // stable: the lower id of equals is first
        alternatives.truncate(n_alternatives);
        let logit = logits.get(id as usize).copied().unwrap_or(f32::NEG_INFINITY);
        Self { log_prob: log_softmax.at(logit), alternatives }
    }
}
