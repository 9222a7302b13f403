//! What every metric over pairs can do, and metrics over labels by their names.

use std::fmt::Debug;

use crate::accuracy::Accuracy;
use crate::balanced_accuracy::BalancedAccuracy;
use crate::binary_f1::BinaryF1;
use crate::catalogue::MetricKind;
use crate::counts::Average;
use crate::error::Result;
use crate::kappa::{Kappa, KappaWeights};
use crate::matthews::Matthews;
use crate::precision_recall::{F1, Precision, Recall};
use crate::token_accuracy::TokenAccuracy;

/// A number that is gathered batch by batch from targets and predictions.
///
/// `Metric` alone takes label ids, `Metric<f64>` numbers, `Metric<bool>` rows of yes and no for
/// each label, `Metric<bool, f64>` scores of examples that are positive or not, and
/// `Metric<u32, f64>` rows of probabilities. [`higher_is_better`](crate::higher_is_better) says
/// which way is better.
pub trait Metric<Target = u32, Prediction = Target>: Debug + Send {
    /// Its name; [`by_name`] and its like make the metric from it.
    fn name(&self) -> &'static str;

    /// Counts a batch; `predictions[i]` belongs to `targets[i]`, or a row of them where the metric
    /// says so.
    ///
    /// # Errors
    /// If the lengths differ, a label is out of range or a number not finite; then nothing of the
    /// batch is counted.
    fn update(&mut self, targets: &[Target], predictions: &[Prediction]) -> Result<()>;

    /// The value over everything counted since the start or the last reset; 0 before anything.
    fn value(&self) -> f64;

    /// Forgets everything counted.
    fn reset(&mut self);
}

type Build = fn(usize) -> Box<dyn Metric>;

const KNOWN: [(&str, Build); 17] = [
    ("accuracy", |_| Box::new(Accuracy::new())),
    ("macro_f1", |n| Box::new(F1::new(n, Average::Macro))),
    ("micro_f1", |n| Box::new(F1::new(n, Average::Micro))),
    ("weighted_f1", |n| Box::new(F1::new(n, Average::Weighted))),
    ("macro_precision", |n| Box::new(Precision::new(n, Average::Macro))),
    ("micro_precision", |n| Box::new(Precision::new(n, Average::Micro))),
    ("weighted_precision", |n| Box::new(Precision::new(n, Average::Weighted))),
    ("macro_recall", |n| Box::new(Recall::new(n, Average::Macro))),
    ("micro_recall", |n| Box::new(Recall::new(n, Average::Micro))),
    ("weighted_recall", |n| Box::new(Recall::new(n, Average::Weighted))),
    ("binary_f1", |_| Box::new(BinaryF1::new(1))),
    ("mcc", |n| Box::new(Matthews::new(n))),
    ("balanced_accuracy", |n| Box::new(BalancedAccuracy::new(n))),
    ("kappa", |n| Box::new(Kappa::new(n, KappaWeights::Equal))),
    ("linear_kappa", |n| Box::new(Kappa::new(n, KappaWeights::Linear))),
    ("quadratic_kappa", |n| Box::new(Kappa::new(n, KappaWeights::Quadratic))),
    ("token_accuracy", |_| Box::new(TokenAccuracy::new())),
];

/// The names that [`by_name`] takes.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|&(name, _)| name)
}

/// The metric called `name` over `n_labels` labels. The positive label of `binary_f1` is 1.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
pub fn by_name(name: &str, n_labels: usize) -> Result<Box<dyn Metric>> {
    Ok(build(MetricKind::Labels, name, &KNOWN)?(n_labels))
}

/// What makes the metric called `name`.
pub(crate) fn build<B: Copy>(kind: MetricKind, name: &str, table: &[(&str, B)]) -> Result<B> {
    match table.iter().find(|(known, _)| *known == name) {
        Some(&(_, build)) => Ok(build),
        None => Err(kind.unknown(name)),
    }
}

#[cfg(test)]
mod tests;
