//! Metrics over a probability of each label: what they share, and their names.

use crate::brier::Brier;
use crate::calibration::{CalibrationError, CalibrationMeasure};
use crate::catalogue::MetricKind;
use crate::class_scores::{ClassMeasure, ClassScores};
use crate::counts::{Average, check_labels};
use crate::error::{Error, Result};
use crate::log_loss::LogLoss;
use crate::merge::check_same;
use crate::metric::{Metric, build};
use crate::top_k::TopKAccuracy;

type Build = fn(usize) -> Box<dyn Metric<u32, f64>>;

fn class(n: usize, measure: ClassMeasure, by: Average) -> Box<dyn Metric<u32, f64>> {
    Box::new(ClassScores::new(n).with_measure(measure, by))
}

fn calibration(n: usize, measure: CalibrationMeasure) -> Box<dyn Metric<u32, f64>> {
    Box::new(CalibrationError::new(n, measure))
}

pub(crate) const KNOWN: [(&str, Build); 14] = [
    ("log_loss", |n| Box::new(LogLoss::new(n))),
    ("brier", |n| Box::new(Brier::new(n))),
    ("ece", |n| calibration(n, CalibrationMeasure::Expected)),
    ("mce", |n| calibration(n, CalibrationMeasure::Maximum)),
    ("adaptive_ece", |n| calibration(n, CalibrationMeasure::Adaptive)),
    ("top_3_accuracy", |n| Box::new(TopKAccuracy::new(n, 3))),
    ("top_5_accuracy", |n| Box::new(TopKAccuracy::new(n, 5))),
    ("macro_auroc", |n| class(n, ClassMeasure::AurocOneVsRest, Average::Macro)),
    ("weighted_auroc", |n| class(n, ClassMeasure::AurocOneVsRest, Average::Weighted)),
    ("macro_auroc_ovo", |n| class(n, ClassMeasure::AurocOneVsOne, Average::Macro)),
    ("weighted_auroc_ovo", |n| class(n, ClassMeasure::AurocOneVsOne, Average::Weighted)),
    ("macro_average_precision", |n| class(n, ClassMeasure::AveragePrecision, Average::Macro)),
    ("micro_average_precision", |n| class(n, ClassMeasure::AveragePrecision, Average::Micro)),
    ("weighted_average_precision", |n| class(n, ClassMeasure::AveragePrecision, Average::Weighted)),
];

/// The metric called `name` of probabilities of `n_labels` labels; a batch has
/// `(examples, n_labels)` of them, row by row.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
///
/// ```
/// use sconce_metrics::probabilities_by_name;
///
/// let mut brier = probabilities_by_name("brier", 3)?;
/// brier.update(&[0, 2], &[1.0, 0.0, 0.0, 0.5, 0.0, 0.5])?;
/// assert_eq!(brier.value(), 0.25);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
pub fn probabilities_by_name(name: &str, n_labels: usize) -> Result<Box<dyn Metric<u32, f64>>> {
    Ok(build(MetricKind::Probabilities, name, &KNOWN)?(n_labels))
}

/// How far the sum of an example's probabilities may be from 1: half precision gets there.
const TOLERANCE: f64 = 1e-2;

/// Checks that there is a row of `n_values` for each target, before anything of it is counted.
pub(crate) fn check_rows(
    targets: &[u32],
    values: &[f64],
    what: &'static str,
    n_values: usize,
) -> Result<()> {
    if values.len() == targets.len() * n_values {
        return Ok(());
    }
    let (values, rows, n_labels) = (values.len(), targets.len(), n_values);
    Err(Error::NotRows { what, values, rows, n_labels })
}

/// Checks a whole batch of distributions or, where `is_binary`, of probabilities of label 1.
pub(crate) fn check_probabilities(
    targets: &[u32],
    probabilities: &[f64],
    n_labels: usize,
    is_binary: bool,
) -> Result<()> {
    check_labels("target", targets, n_labels)?;
    let width = if is_binary { 1 } else { n_labels };
    check_rows(targets, probabilities, "probabilities", width)?;
    if let Some(position) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
        let value = probabilities[position].to_string();
        return Err(Error::NotAProbability { value, position });
    }
    if is_binary {
        return Ok(());
    }
    for (row, probabilities) in probabilities.chunks(width.max(1)).enumerate() {
        let sum: f64 = probabilities.iter().sum();
        if (sum - 1.0).abs() > TOLERANCE {
            return Err(Error::NotADistribution { row, sum: sum.to_string() });
        }
    }
    Ok(())
}

/// A mean over examples of something that each one's probabilities say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProbabilityMean {
    pub(crate) n_labels: usize,
    /// Whether only the probability of label 1 is given, of two.
    pub(crate) is_binary: bool,
    pub(crate) sum: f64,
    n: u64,
}

impl ProbabilityMean {
    /// Of labels 0 to `n_labels`.
    pub(crate) fn new(n_labels: usize) -> Self {
        Self { n_labels, is_binary: false, sum: 0.0, n: 0 }
    }

    /// Of labels 0 and 1, by the probability of 1.
    pub(crate) fn binary() -> Self {
        Self { is_binary: true, ..Self::new(2) }
    }

    /// Checks a whole batch and counts its examples; what they say goes into the sum.
    pub(crate) fn count(&mut self, targets: &[u32], probabilities: &[f64]) -> Result<()> {
        check_probabilities(targets, probabilities, self.n_labels, self.is_binary)?;
        self.n += targets.len() as u64;
        Ok(())
    }

    pub(crate) fn value(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }

    pub(crate) fn reset(&mut self) {
        (self.sum, self.n) = (0.0, 0);
    }

    /// Adds the examples of another mean for the metric of this name.
    pub(crate) fn merge(&mut self, other: &Self, name: &'static str) -> Result<()> {
        let same = (self.n_labels, self.is_binary) == (other.n_labels, other.is_binary);
        check_same(same, name)?;
        self.sum += other.sum;
        self.n += other.n;
        Ok(())
    }
}
