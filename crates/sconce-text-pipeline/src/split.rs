//! Dividing examples for training and testing, at random but repeatably.

use crate::error::{Error, Result};
use crate::sampler::random;

/// The rows to learn from and the rows to be tested on, each in rising order.
///
/// ```
/// use sconce_text_pipeline::Split;
///
/// let split = Split::stratified(&[0, 0, 0, 0, 1, 1, 1, 1], 0.25, 42)?;
/// assert_eq!((split.train.len(), split.test.len()), (6, 2));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Rows to learn from.
    pub train: Vec<usize>,
    /// Rows to be tested on.
    pub test: Vec<usize>,
}

impl Split {
    /// A test part of `test_ratio` of `n_examples`, whatever their labels.
    pub fn random(n_examples: usize, test_ratio: f64, seed: u64) -> Result<Self> {
        Self::stratified(&vec![0; n_examples], test_ratio, seed)
    }

    /// A test part of `test_ratio` in which the classes have their share.
    ///
    /// The sizes are exact: what rounding leaves over goes to the classes that are shortest of
    /// their share.
    pub fn stratified(labels: &[u32], test_ratio: f64, seed: u64) -> Result<Self> {
        if !(0.0..=1.0).contains(&test_ratio) {
            return Err(Error::InvalidRatio { ratio: test_ratio });
        }
        let classes = shuffled_classes(labels, seed);
        let shares: Vec<f64> =
            classes.iter().map(|class| class.len() as f64 * test_ratio).collect();
        let mut sizes: Vec<usize> = shares.iter().map(|share| share.floor() as usize).collect();
        let wanted = (labels.len() as f64 * test_ratio).round() as usize;
        let missing = wanted.saturating_sub(sizes.iter().sum());
        let mut neediest: Vec<usize> = (0..classes.len()).collect();
        neediest.sort_by(|a, b| shares[*b].fract().total_cmp(&shares[*a].fract()));
        for class in neediest.into_iter().take(missing) {
            sizes[class] += 1;
        }
        let mut is_test = vec![false; labels.len()];
        for (class, size) in classes.iter().zip(sizes) {
            class.iter().take(size).for_each(|row| is_test[*row] = true);
        }
        Ok(Self::from_marks(&is_test))
    }

    fn from_marks(is_test: &[bool]) -> Self {
        let (test, train) = (0..is_test.len()).partition(|row| is_test[*row]);
        Self { train, test }
    }
}

/// `k` splits whose test parts are disjoint and cover everything.
///
/// The folds differ by at most one in size, and by at most one in the rows of any class.
pub fn k_fold(labels: &[u32], k: usize, seed: u64) -> Result<Vec<Split>> {
    let n_examples = labels.len();
    if k < 2 || k > n_examples {
        return Err(Error::InvalidFolds { k, n_examples });
    }
    // Dealt out like cards, one class after the other.
    let mut fold_of = vec![0; n_examples];
    for (place, row) in shuffled_classes(labels, seed).into_iter().flatten().enumerate() {
        fold_of[row] = place % k;
    }
    let marks = |fold| fold_of.iter().map(|of| *of == fold).collect::<Vec<bool>>();
    Ok((0..k).map(|fold| Split::from_marks(&marks(fold))).collect())
}

/// The rows of each class, by class, in random order.
fn shuffled_classes(labels: &[u32], seed: u64) -> Vec<Vec<usize>> {
    let mut rows: Vec<usize> = (0..labels.len()).collect();
    random(seed, 0).shuffle(&mut rows);
    rows.sort_by_key(|row| labels[*row]);
    rows.chunk_by(|a, b| labels[*a] == labels[*b]).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests;
