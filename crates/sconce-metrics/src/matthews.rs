//! Matthews' correlation (Matthews 1975), for any number of labels (Gorodkin 2004).

use crate::counts::{LabelCount, add_counts, check_pairs, count_pair};
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::metric::Metric;

/// The correlation of targets and predictions as indicators of labels, from -1 to 1; it stays near
/// 0 for a guess of the commonest label, however common that is. 0 too where all targets or all
/// predictions are the same label.
///
/// With `t` targets and `p` predictions of each label among `n` examples of which `c` are right:
/// `(c n - sum(t p)) / sqrt((n² - sum(p²)) (n² - sum(t²)))`.
///
/// ```
/// use sconce_metrics::{Matthews, Metric};
///
/// let mut mcc = Matthews::new(2);
/// mcc.update(&[1, 1, 1, 0], &[1, 0, 1, 1])?;
/// assert!((mcc.value() + 1.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matthews {
    counts: Vec<LabelCount>,
}

impl Matthews {
    /// Over labels 0 to `n_labels`.
    #[must_use]
    pub fn new(n_labels: usize) -> Self {
        Self { counts: vec![LabelCount::default(); n_labels] }
    }
}

impl Metric for Matthews {
    fn name(&self) -> &'static str {
        "mcc"
    }

    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()> {
        check_pairs(targets, predictions, self.counts.len())?;
        for (&target, &prediction) in targets.iter().zip(predictions) {
            count_pair(&mut self.counts, target, prediction);
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        matthews(&self.counts)
    }

    fn reset(&mut self) {
        self.counts.fill(LabelCount::default());
    }
}

/// Of the counts of all labels.
pub(crate) fn matthews(counts: &[LabelCount]) -> f64 {
    // Whole numbers, so that a denominator that should be 0 is 0.
    let sum = |of: fn(&LabelCount) -> i128| counts.iter().map(of).sum::<i128>();
    let n = sum(|count| count.targets.into());
    let right = sum(|count| count.right.into());
    let both = sum(|count| i128::from(count.targets) * i128::from(count.predictions));
    let targets = n * n - sum(|count| i128::from(count.targets).pow(2));
    let predictions = n * n - sum(|count| i128::from(count.predictions).pow(2));
    if targets == 0 || predictions == 0 {
        return 0.0;
    }
    // One root of each: they are the same number where predictions are permuted targets.
    (right * n - both) as f64 / ((targets as f64).sqrt() * (predictions as f64).sqrt())
}

impl Merge for Matthews {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.counts.len() == other.counts.len(), self.name())?;
        add_counts(&mut self.counts, &other.counts);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
