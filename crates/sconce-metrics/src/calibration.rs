//! Whether things of which a model is 80% sure are right in 80% of the cases: reliability diagrams
//! and calibration errors (Naeini et al. 2015; Guo et al. 2017, arXiv:1706.04599), with bins of
//! equal width or of equal size (Nguyen and O'Connor 2015, arXiv:1508.05154).

use serde::Serialize;

use crate::counts::check_lengths;
use crate::error::{Error, Result};
use crate::merge::{Merge, check_same};
use crate::metric::Metric;
use crate::probabilities::check_probabilities;

/// How many bins there are by custom.
const N_BINS: usize = 15;

/// Examples with about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Confidences are above this, those of the first bin at least this.
    pub low: f64,
    /// Confidences are at most this.
    pub high: f64,
    /// How many examples there are.
    pub count: u64,
    /// The mean confidence; 0 where there is no example.
    pub confidence: f64,
    /// The part of them that is right; 0 where there is no example.
    pub accuracy: f64,
}

/// Confidences and whether they were justified. Keeps 16 bytes for each example.
///
/// ```
/// use sconce_metrics::Calibration;
///
/// let mut calibration = Calibration::new(10);
/// calibration.update(&[true, true, false, true], &[0.95, 0.95, 0.65, 0.65])?;
/// assert!((calibration.expected_error() - 0.1).abs() < 1e-12);
/// assert_eq!(calibration.bins()[6].accuracy, 0.5);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    n_bins: usize,
    examples: Vec<(f64, bool)>,
}

impl Calibration {
    /// With `n_bins` bins, at least 1; 15 by custom.
    #[must_use]
    pub fn new(n_bins: usize) -> Self {
        Self { n_bins: n_bins.max(1), examples: vec![] }
    }

    /// Counts a batch: whether each answer is right, and how sure the model was of it. Of a model
    /// that says yes or no this may also be whether the answer is yes, and the probability of yes.
    ///
    /// # Errors
    /// If the lengths differ or a confidence is not between 0 and 1; then nothing is counted.
    pub fn update(&mut self, right: &[bool], confidences: &[f64]) -> Result<()> {
        check_lengths(right.len(), confidences.len())?;
        if let Some(position) = confidences.iter().position(|p| !(0.0..=1.0).contains(p)) {
            let value = confidences[position].to_string();
            return Err(Error::NotAProbability { value, position });
        }
        self.examples.extend(confidences.iter().copied().zip(right.iter().copied()));
        Ok(())
    }

    /// Bins of equal width.
    #[must_use]
    pub fn bins(&self) -> Vec<ReliabilityBin> {
        let width = 1.0 / self.n_bins as f64;
        let edges: Vec<f64> = (1..self.n_bins).map(|bin| bin as f64 * width).collect();
        let mut members = vec![vec![]; self.n_bins];
        for &example in &self.examples {
            members[edges.partition_point(|&edge| edge < example.0)].push(example);
        }
        let low = [0.0].into_iter().chain(edges.iter().copied());
        let high = edges.iter().copied().chain([1.0]);
        low.zip(high).zip(members).map(|((low, high), members)| bin(low, high, &members)).collect()
    }

    /// Bins with as many examples each, sorted by confidence; the first ones have one more where
    /// that does not come out even. Fewer where there are fewer examples.
    #[must_use]
    pub fn adaptive_bins(&self) -> Vec<ReliabilityBin> {
        let mut sorted = self.examples.clone();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (size, more) = (sorted.len() / self.n_bins, sorted.len() % self.n_bins);
        let mut rest = sorted.as_slice();
        let mut bins = vec![];
        for index in 0..self.n_bins {
            let (members, after) = rest.split_at(size + usize::from(index < more));
            rest = after;
            if let (Some(first), Some(last)) = (members.first(), members.last()) {
                bins.push(bin(first.0, last.0, members));
            }
        }
        bins
    }

    /// ECE: the mean over examples of how far the accuracy of their bin is from its confidence.
    #[must_use]
    pub fn expected_error(&self) -> f64 {
        self.mean_gap(&self.bins())
    }

    /// ECE over bins of equal size.
    #[must_use]
    pub fn adaptive_error(&self) -> f64 {
        self.mean_gap(&self.adaptive_bins())
    }

    /// MCE: how far accuracy and confidence are apart in the worst bin.
    #[must_use]
    pub fn maximum_error(&self) -> f64 {
        self.bins().iter().map(ReliabilityBin::gap).fold(0.0, f64::max)
    }

    fn mean_gap(&self, bins: &[ReliabilityBin]) -> f64 {
        let sum: f64 = bins.iter().map(|bin| bin.count as f64 * bin.gap()).sum();
        sum / self.examples.len().max(1) as f64
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        self.examples.clear();
    }
}

impl ReliabilityBin {
    /// How far accuracy and confidence are apart.
    #[must_use]
    pub fn gap(&self) -> f64 {
        (self.accuracy - self.confidence).abs()
    }
}

fn bin(low: f64, high: f64, members: &[(f64, bool)]) -> ReliabilityBin {
    let n = members.len().max(1) as f64;
    let confidence = members.iter().map(|(confidence, _)| confidence).sum::<f64>() / n;
    let accuracy = members.iter().filter(|(_, right)| *right).count() as f64 / n;
    ReliabilityBin { low, high, count: members.len() as u64, confidence, accuracy }
}

impl Merge for Calibration {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.n_bins == other.n_bins, "calibration")?;
        self.examples.extend_from_slice(&other.examples);
        Ok(())
    }
}

/// Which error of a [`Calibration`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalibrationMeasure {
    /// [`Calibration::expected_error`].
    Expected,
    /// [`Calibration::maximum_error`].
    Maximum,
    /// [`Calibration::adaptive_error`].
    Adaptive,
}

/// A calibration error of the likeliest label, as a metric of probabilities; less is better.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationError {
    n_labels: usize,
    measure: CalibrationMeasure,
    calibration: Calibration,
}

impl CalibrationError {
    /// Of labels 0 to `n_labels`, with 15 bins; a batch has `(examples, n_labels)` probabilities.
    #[must_use]
    pub fn new(n_labels: usize, measure: CalibrationMeasure) -> Self {
        Self { n_labels, measure, calibration: Calibration::new(N_BINS) }
    }

    /// With another number of bins. Forgets what was counted.
    #[must_use]
    pub fn with_bins(self, n_bins: usize) -> Self {
        Self { calibration: Calibration::new(n_bins), ..self }
    }

    /// What was counted, with its bins.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

impl Metric<u32, f64> for CalibrationError {
    fn name(&self) -> &'static str {
        match self.measure {
            CalibrationMeasure::Expected => "ece",
            CalibrationMeasure::Maximum => "mce",
            CalibrationMeasure::Adaptive => "adaptive_ece",
        }
    }

    fn update(&mut self, targets: &[u32], probabilities: &[f64]) -> Result<()> {
        check_probabilities(targets, probabilities, self.n_labels, false)?;
        let rows = probabilities.chunks(self.n_labels.max(1));
        // The first of equally likely labels.
        let likeliest = |row: &[f64]| {
            (0u32..).zip(row).fold(
                (0, f64::MIN),
                |best, (label, &p)| {
                    if p > best.1 { (label, p) } else { best }
                },
            )
        };
        let (right, confidences): (Vec<bool>, Vec<f64>) = targets
            .iter()
            .zip(rows.map(likeliest))
            .map(|(&target, (label, p))| (target == label, p))
            .unzip();
        self.calibration.update(&right, &confidences)
    }

    fn value(&self) -> f64 {
        match self.measure {
            CalibrationMeasure::Expected => self.calibration.expected_error(),
            CalibrationMeasure::Maximum => self.calibration.maximum_error(),
            CalibrationMeasure::Adaptive => self.calibration.adaptive_error(),
        }
    }

    fn reset(&mut self) {
        self.calibration.reset();
    }
}

impl Merge for CalibrationError {
    fn merge(&mut self, other: &Self) -> Result<()> {
        let settings = |of: &Self| (of.n_labels, of.measure);
        check_same(settings(self) == settings(other), self.name())?;
        self.calibration.merge(&other.calibration)
    }
}

#[cfg(test)]
mod tests;
