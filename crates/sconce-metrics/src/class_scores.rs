//! Areas under curves for any number of labels: one against the rest, or each pair by itself (Hand
//! and Till 2001).

use crate::auroc::Auroc;
use crate::average_precision::AveragePrecision;
use crate::counts::{Average, check_labels};
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;
use crate::numbers::check_finite;
use crate::probabilities::check_rows;

/// What is measured of the scores of each label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClassMeasure {
    /// The area under the ROC curve of each label against all others.
    #[default]
    AurocOneVsRest,
    /// The area under the ROC curve of each pair of labels, without the examples of others: the
    /// mean of the areas by the scores of one and of the other.
    AurocOneVsOne,
    /// Average precision of each label against all others.
    AveragePrecision,
}

/// Keeps the scores of all labels, 8 bytes each, for what needs them at once. Averages run over the
/// labels that occur.
///
/// ```
/// use sconce_metrics::{Average, ClassMeasure, ClassScores, Metric};
///
/// let mut scores = ClassScores::new(3);
/// scores.update(&[0, 1, 2], &[0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.1, 0.1, 0.8])?;
/// assert_eq!(scores.measure(ClassMeasure::AurocOneVsRest, Average::Macro), 1.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassScores {
    n_labels: usize,
    measure: ClassMeasure,
    average: Average,
    targets: Vec<u32>,
    scores: Vec<f64>,
}

impl ClassScores {
    /// Of labels 0 to `n_labels`; a batch has `(examples, n_labels)` scores, row by row.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        let (measure, average) = (ClassMeasure::default(), Average::default());
        Self { n_labels, measure, average, targets: vec![], scores: vec![] }
    }

    /// Takes the average of `measure` for the value of the metric; by default the mean of areas
    /// one against the rest.
    #[must_use]
    pub fn with_measure(self, measure: ClassMeasure, average: Average) -> Self {
        Self { measure, average, ..self }
    }

    /// The average of what is measured of each label, or of each pair.
    ///
    /// `Weighted` weighs a label by its examples, a pair by those of both. `Micro` puts the scores
    /// of all labels in one list; it is there for what takes one against the rest.
    #[must_use]
    pub fn measure(&self, measure: ClassMeasure, average: Average) -> f64 {
        match (measure, average) {
            (ClassMeasure::AurocOneVsOne, _) => self.pairs(average),
            (_, Average::Micro) => {
                let labels = 0..self.n_labels as u32;
                self.area(measure, labels, |_| true)
            }
            _ => {
                let labels = self.present().into_iter();
                mean(labels.map(|(label, count)| {
                    let weight = if average == Average::Weighted { count as f64 } else { 1.0 };
                    (self.area(measure, label..label + 1, |_| true), weight)
                }))
            }
        }
    }

    fn pairs(&self, average: Average) -> f64 {
        let present = self.present();
        let mut areas = vec![];
        for (index, &(a, count)) in present.iter().enumerate() {
            for &(b, other) in &present[index + 1..] {
                let of = |label: u32| {
                    self.area(ClassMeasure::AurocOneVsOne, label..label + 1, |t| t == a || t == b)
                };
                let weight = if average == Average::Macro { 1.0 } else { (count + other) as f64 };
                areas.push((0.5 * (of(a) + of(b)), weight));
            }
        }
        mean(areas.into_iter())
    }

    /// The labels that occur, and how often.
    fn present(&self) -> Vec<(u32, u64)> {
        let mut counts = vec![0u64; self.n_labels];
        self.targets.iter().for_each(|&target| counts[target as usize] += 1);
        (0u32..).zip(counts).filter(|(_, count)| *count > 0).collect()
    }

    /// Of the examples whose target is `taken`, with the scores of these labels in one list.
    fn area(
        &self,
        measure: ClassMeasure,
        labels: std::ops::Range<u32>,
        taken: impl Fn(u32) -> bool,
    ) -> f64 {
        let rows = self.targets.iter().zip(self.scores.chunks(self.n_labels.max(1)));
        let rows = rows.filter(|(target, _)| taken(**target));
        let (targets, scores): (Vec<bool>, Vec<f64>) = rows
            .flat_map(|(&target, row)| {
                labels.clone().map(move |label| (target == label, row[label as usize]))
            })
            .unzip();
        match measure {
            ClassMeasure::AveragePrecision => of(AveragePrecision::new(), &targets, &scores),
            _ => of(Auroc::new(), &targets, &scores),
        }
    }
}

fn of(mut metric: impl Metric<bool, f64>, targets: &[bool], scores: &[f64]) -> f64 {
    // Scores were checked when they came in.
    metric.update(targets, scores).map_or(0.0, |()| metric.value())
}

fn mean(weighted: impl Iterator<Item = (f64, f64)>) -> f64 {
    let sums = weighted
        .fold((0.0, 0.0), |(sum, total), (value, weight)| (sum + value * weight, total + weight));
    if sums.1 == 0.0 { 0.0 } else { sums.0 / sums.1 }
}

impl Metric<u32, f64> for ClassScores {
    fn name(&self) -> &'static str {
        match (self.measure, self.average) {
            (ClassMeasure::AurocOneVsRest, Average::Macro) => "macro_auroc",
            (ClassMeasure::AurocOneVsRest, Average::Weighted) => "weighted_auroc",
            (ClassMeasure::AurocOneVsRest, Average::Micro) => "micro_auroc",
            (ClassMeasure::AurocOneVsOne, Average::Macro) => "macro_auroc_ovo",
            (ClassMeasure::AurocOneVsOne, _) => "weighted_auroc_ovo",
            (ClassMeasure::AveragePrecision, Average::Macro) => "macro_average_precision",
            (ClassMeasure::AveragePrecision, Average::Micro) => "micro_average_precision",
            (ClassMeasure::AveragePrecision, Average::Weighted) => "weighted_average_precision",
        }
    }

    fn update(&mut self, targets: &[u32], scores: &[f64]) -> Result<()> {
        check_labels("target", targets, self.n_labels)?;
        check_rows(targets, scores, "scores", self.n_labels)?;
        check_finite("score", scores)?;
        self.targets.extend_from_slice(targets);
        self.scores.extend_from_slice(scores);
        Ok(())
    }

    fn value(&self) -> f64 {
        self.measure(self.measure, self.average)
    }

    fn reset(&mut self) {
        self.targets.clear();
        self.scores.clear();
    }
}

impl Merge for ClassScores {
    fn merge(&mut self, other: &Self) -> Result<()> {
        let settings = |of: &Self| (of.n_labels, of.measure, of.average);
        check_same(settings(self) == settings(other), self.name())?;
        self.targets.extend_from_slice(&other.targets);
        self.scores.extend_from_slice(&other.scores);
        Ok(())
    }
}
