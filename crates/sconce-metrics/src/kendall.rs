//! Kendall's tau-b (Kendall 1945), counted in `n log n` steps (Knight 1966).

use crate::error::Result;
use crate::merge::Merge;
use crate::metric::Metric;
use crate::numbers::Pairs;

/// Pairs of examples in the same order by the pairs in the other, ties taken out; from -1 to 1.
///
/// 0 where it is not defined: fewer than two pairs, or all targets or all predictions equal.
///
/// ```
/// use sconce_metrics::{Kendall, Metric};
///
/// let mut kendall = Kendall::new();
/// kendall.update(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0])?;
/// assert!((kendall.value() - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kendall(Pairs);

impl Kendall {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric<f64> for Kendall {
    fn name(&self) -> &'static str {
        "kendall"
    }

    fn update(&mut self, targets: &[f64], predictions: &[f64]) -> Result<()> {
        self.0.update(targets, predictions)
    }

    fn value(&self) -> f64 {
        // -0 becomes 0: the two are one number, and the total order parts them.
        let pairs = self.0.targets.iter().zip(&self.0.predictions).map(|(x, y)| (x + 0.0, y + 0.0));
        tau(pairs.collect())
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Merge for Kendall {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.0.merge(&other.0);
        Ok(())
    }
}

fn tau(mut pairs: Vec<(f64, f64)>) -> f64 {
    let n = pairs.len();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let tied_in_x = ties(pairs.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len));
    let tied_in_both = ties(pairs.chunk_by(|a, b| a == b).map(<[_]>::len));
    let mut y: Vec<f64> = pairs.into_iter().map(|(_, y)| y).collect();
    let swaps = sort(&mut y, &mut vec![0.0; n]);
    let tied_in_y = ties(y.chunk_by(|a, b| a == b).map(<[_]>::len));
    let all = ties([n].into_iter());
    let (x, y) = ((all - tied_in_x) as f64, (all - tied_in_y) as f64);
    if x == 0.0 || y == 0.0 {
        return 0.0;
    }
    let difference = all - tied_in_x - tied_in_y + tied_in_both - 2 * swaps;
    (difference as f64 / x.sqrt() / y.sqrt()).clamp(-1.0, 1.0)
}

/// The pairs within groups of these sizes.
fn ties(sizes: impl Iterator<Item = usize>) -> i128 {
    sizes.map(|n| n as i128).map(|n| n * (n - 1) / 2).sum()
}

/// Sorts by merging and says how many pairs were out of order.
fn sort(values: &mut [f64], spare: &mut [f64]) -> i128 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut swaps = sort(&mut values[..middle], spare) + sort(&mut values[middle..], spare);
    let (mut left, mut right) = (0, middle);
    for slot in &mut spare[..values.len()] {
        if right == values.len() || (left < middle && values[left] <= values[right]) {
            *slot = values[left];
            left += 1;
        } else {
            swaps += (middle - left) as i128;
            *slot = values[right];
            right += 1;
        }
    }
    values.copy_from_slice(&spare[..values.len()]);
    swaps
}

#[cfg(test)]
mod tests;
