//! Metrics over pairs of numbers: what they share, and their names.

use crate::catalogue::MetricKind;
use crate::counts::check_lengths;
use crate::error::{Error, Result};
use crate::kendall::Kendall;
use crate::mean_error::{MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError};
use crate::metric::{Metric, build};
use crate::pearson::Pearson;
use crate::r2::R2;
use crate::spearman::Spearman;

type Build = fn() -> Box<dyn Metric<f64>>;

pub(crate) const KNOWN: [(&str, Build); 7] = [
    ("pearson", || Box::new(Pearson::new())),
    ("spearman", || Box::new(Spearman::new())),
    ("kendall", || Box::new(Kendall::new())),
    ("mse", || Box::new(MeanSquaredError::new())),
    ("rmse", || Box::new(RootMeanSquaredError::new())),
    ("mae", || Box::new(MeanAbsoluteError::new())),
    ("r2", || Box::new(R2::new())),
];

/// The metric of numbers called `name`.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
///
/// ```
/// use sconce_metrics::numbers_by_name;
///
/// let mut spearman = numbers_by_name("spearman")?;
/// spearman.update(&[1.0, 2.0, 3.0], &[0.1, 10.0, 10.5])?;
/// assert_eq!(spearman.value(), 1.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
pub fn numbers_by_name(name: &str) -> Result<Box<dyn Metric<f64>>> {
    Ok(build(MetricKind::Numbers, name, &KNOWN)?())
}

/// Checks a whole batch, before anything of it is counted.
pub(crate) fn check_numbers(targets: &[f64], predictions: &[f64]) -> Result<()> {
    check_lengths(targets.len(), predictions.len())?;
    check_finite("target", targets)?;
    check_finite("prediction", predictions)
}

pub(crate) fn check_finite(what: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(position) => {
            Err(Error::NotFinite { what, value: values[position].to_string(), position })
        }
    }
}

/// All pairs so far, for metrics that need them at once. 16 bytes a pair.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pairs {
    pub targets: Vec<f64>,
    pub predictions: Vec<f64>,
}

impl Pairs {
    pub fn update(&mut self, targets: &[f64], predictions: &[f64]) -> Result<()> {
        check_numbers(targets, predictions)?;
        self.targets.extend_from_slice(targets);
        self.predictions.extend_from_slice(predictions);
        Ok(())
    }

    pub fn merge(&mut self, other: &Self) {
        self.targets.extend_from_slice(&other.targets);
        self.predictions.extend_from_slice(&other.predictions);
    }
}

#[cfg(test)]
mod tests;
