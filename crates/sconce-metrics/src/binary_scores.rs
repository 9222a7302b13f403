//! Metrics over scores of examples that are positive or not: what they share, and their names.

use crate::auroc::Auroc;
use crate::average_precision::AveragePrecision;
use crate::catalogue::MetricKind;
use crate::counts::check_lengths;
use crate::error::Result;
use crate::metric::{Metric, build};
use crate::numbers::check_finite;

type Build = fn() -> Box<dyn Metric<bool, f64>>;

pub(crate) const KNOWN: [(&str, Build); 2] = [
    ("auroc", || Box::new(Auroc::new())),
    ("average_precision", || Box::new(AveragePrecision::new())),
];

/// The metric of scores of two classes called `name`.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
pub fn binary_scores_by_name(name: &str) -> Result<Box<dyn Metric<bool, f64>>> {
    Ok(build(MetricKind::BinaryScores, name, &KNOWN)?())
}

/// Positive and negative examples that have one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    pub positive: u64,
    pub negative: u64,
}

/// All scores so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scored(Vec<(f64, bool)>);

impl Scored {
    pub fn update(&mut self, targets: &[bool], scores: &[f64]) -> Result<()> {
        check_lengths(targets.len(), scores.len())?;
        check_finite("score", scores)?;
        self.0.extend(scores.iter().copied().zip(targets.iter().copied()));
        Ok(())
    }

    pub fn merge(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// What each score has, from the highest.
    pub fn levels(&self) -> Vec<Level> {
        let mut scored = self.0.clone();
        scored.sort_unstable_by(|(a, _), (b, _)| b.total_cmp(a));
        let level = |equal: &[(f64, bool)]| {
            let positive = equal.iter().filter(|(_, positive)| *positive).count() as u64;
            Level { positive, negative: equal.len() as u64 - positive }
        };
        scored.chunk_by(|(a, _), (b, _)| a == b).map(level).collect()
    }
}

#[cfg(test)]
mod tests;
