//! Dividing examples for training and testing, at random but repeatably.

use crate::error::{DataError, Error, Result};
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

/// `k` splits like those of [`k_fold`] in which rows of one group stay together, as those of one
/// author or document should: a group is in one test part only.
///
/// The largest groups are dealt out first, each to the fold that has fewest rows.
///
/// # Errors
/// If there are fewer groups than folds.
pub fn group_k_fold(groups: &[u32], k: usize, seed: u64) -> Result<Vec<Split>> {
    let mut groups = shuffled_classes(groups, seed);
    if k < 2 || k > groups.len() {
        return Err(Error::InvalidFolds { k, n_examples: groups.len() });
    }
    random(seed, 1).shuffle(&mut groups);
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut fold_of = vec![0; groups.iter().map(Vec::len).sum()];
    let mut sizes = vec![0; k];
    for group in groups {
        let fold = (0..k).min_by_key(|fold| sizes[*fold]).unwrap_or_default();
        sizes[fold] += group.len();
        group.into_iter().for_each(|row| fold_of[row] = fold);
    }
    let marks = |fold| fold_of.iter().map(|of| *of == fold).collect::<Vec<bool>>();
    Ok((0..k).map(|fold| Split::from_marks(&marks(fold))).collect())
}

/// Parts with the given shares of the rows, in each of which the classes have their share too; each
/// part in rising order. With the same label for all rows the parts are random.
///
/// The sizes are exact up to rounding, and every row is in one part.
///
/// ```
/// use sconce_text_pipeline::split_by_ratios;
///
/// let parts = split_by_ratios(&[0; 100], &[0.8, 0.1, 0.1], 42)?;
/// assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [80, 10, 10]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
///
/// # Errors
/// If a ratio is not above zero, or they do not add up to 1.
pub fn split_by_ratios(labels: &[u32], ratios: &[f64], seed: u64) -> Result<Vec<Vec<usize>>> {
    let sum: f64 = ratios.iter().sum();
    // Written by people, thirds end somewhere.
    if ratios.iter().any(|ratio| ratio.is_nan() || *ratio <= 0.) || (sum - 1.).abs() > 1e-3 {
        return Err(DataError::Ratios { ratios: ratios.to_vec() }.into());
    }
    let mut rows: Vec<usize> = (0..labels.len()).collect();
    let mut parts = Vec::new();
    for (at, ratio) in ratios.iter().enumerate().rev() {
        if at == 0 {
            parts.push(rows);
            break;
        }
        // Of what is left, as if the parts after this one had never been there.
        let left: f64 = ratios[..=at].iter().sum();
        let of_rows: Vec<u32> = rows.iter().map(|row| labels[*row]).collect();
        let wanted = (ratio / sum * labels.len() as f64).round() / rows.len().max(1) as f64;
        let share = if rows.is_empty() { ratio / left } else { wanted.min(1.) };
        let split = Split::stratified(&of_rows, share, seed.wrapping_add(at as u64 - 1))?;
        parts.push(split.test.iter().map(|row| rows[*row]).collect());
        rows = split.train.iter().map(|row| rows[*row]).collect();
    }
    parts.reverse();
    Ok(parts)
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
