//! Cohen's kappa (Cohen 1960, weighted 1968): agreement beyond what chance gives.

use crate::confusion_matrix::ConfusionMatrix;
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;

/// How much a wrong label costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KappaWeights {
    /// Every wrong label the same.
    #[default]
    Equal,
    /// As far as it is from the right one, labels being grades.
    Linear,
    /// The square of that.
    Quadratic,
}

/// `1 - cost / cost of chance`: 1 at best, 0 for what two raters with the same habits agree on by
/// chance. 0 too where only one label occurs.
///
/// ```
/// use sconce_metrics::{Kappa, KappaWeights, Metric};
///
/// let mut kappa = Kappa::new(3, KappaWeights::Quadratic);
/// kappa.update(&[0, 1, 2, 2], &[0, 1, 2, 1])?;
/// assert!((kappa.value() - 0.8).abs() < 1e-12);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kappa {
    matrix: ConfusionMatrix,
    weights: KappaWeights,
}

impl Kappa {
    /// Over labels 0 to `n_labels`.
    #[must_use]
    pub fn new(n_labels: usize, weights: KappaWeights) -> Self {
        Self { matrix: ConfusionMatrix::new(n_labels), weights }
    }
}

impl Metric for Kappa {
    fn name(&self) -> &'static str {
        match self.weights {
            KappaWeights::Equal => "kappa",
            KappaWeights::Linear => "linear_kappa",
            KappaWeights::Quadratic => "quadratic_kappa",
        }
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        self.matrix.update(targets, predictions)
    }

    fn value(&self) -> f64 {
        self.matrix.kappa(self.weights)
    }

    fn reset(&mut self) {
        self.matrix.reset();
    }
}

impl Merge for Kappa {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.weights == other.weights, self.name())?;
        self.matrix.merge(&other.matrix)
    }
}

/// Of everything that `matrix` counted.
pub(crate) fn kappa(matrix: &ConfusionMatrix, weights: KappaWeights) -> f64 {
    // Whole numbers, so that a cost that should be 0 is 0.
    let (mut cost, mut chance) = (0u128, 0u128);
    for (target, row) in (0u32..).zip(matrix.rows()) {
        for (predicted, &count) in (0u32..).zip(row) {
            let distance = u128::from(target.abs_diff(predicted));
            let weight = match weights {
                KappaWeights::Equal => distance.min(1),
                KappaWeights::Linear => distance,
                KappaWeights::Quadratic => distance * distance,
            };
            cost += weight * u128::from(count);
            let (targets, predictions) = (matrix.support(target), matrix.predicted(predicted));
            chance += weight * u128::from(targets) * u128::from(predictions);
        }
    }
    if chance == 0 {
        return 0.0;
    }
    1.0 - cost as f64 * matrix.total() as f64 / chance as f64
}
