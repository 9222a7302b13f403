//! What comes out of evaluating a model: metrics by name, and what they were counted from.

use candle_core::{DType, Tensor};
use sconce_metrics::{ConfusionMatrix, MultiLabel, SpanReport};

use crate::error::Result;
use crate::task::Evaluation;

/// What comes out of evaluating a model on a set of examples.
#[derive(Debug, Clone)]
pub struct Report {
    /// Metrics by name.
    pub metrics: Evaluation,
    /// What they were counted from.
    pub details: Details,
}

/// What metrics were counted from, where there is more to say than they do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Details {
    /// Nothing more.
    None,
    /// Which label was taken for which.
    Labels(ConfusionMatrix),
    /// Labels that each example has or has not.
    LabelSets(MultiLabel),
    /// Precision, recall and F1 of each kind of span.
    Spans(SpanReport),
}

impl Report {
    pub(crate) fn new<const N: usize>(metrics: [(&str, f64); N], details: Details) -> Self {
        let metrics = metrics.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self { metrics: metrics.collect(), details }
    }
}

/// A mean of means over batches.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    /// Counts a scalar: the mean over so much of something.
    pub(crate) fn add(&mut self, mean: &Tensor, weight: f64) -> Result<()> {
        if weight > 0. {
            self.sum += mean.to_dtype(DType::F64)?.to_scalar::<f64>()? * weight;
            self.weight += weight;
        }
        Ok(())
    }

    /// The mean over everything; 0 over nothing.
    pub(crate) fn value(self) -> f64 {
        if self.weight > 0. { self.sum / self.weight } else { 0. }
    }
}
