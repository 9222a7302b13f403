//! Rows drawn so that classes are as frequent as each other.

use crate::sampler::random;

/// All rows, with those of rarer classes several times: each class is as frequent as the most
/// frequent one. In rising order, for a sampler to shuffle.
///
/// Every row of a class comes as often as every other, give or take one.
///
/// ```
/// use sconce_text_pipeline::oversample;
///
/// assert_eq!(oversample(&[0, 1, 0, 0], 42), [0, 1, 1, 1, 2, 3]);
/// ```
pub fn oversample(labels: &[u32], seed: u64) -> Vec<usize> {
    let mut classes = classes(labels);
    let wanted = classes.iter().map(Vec::len).max().unwrap_or_default();
    let mut rows = Vec::with_capacity(wanted * classes.len());
    for (class, of_class) in classes.iter_mut().enumerate() {
        for _ in 0..wanted / of_class.len() {
            rows.extend_from_slice(of_class);
        }
        random(seed, class as u64).shuffle(of_class);
        rows.extend_from_slice(&of_class[..wanted % of_class.len()]);
    }
    rows.sort_unstable();
    rows
}

/// As many rows of each class as the rarest has, chosen at random, in rising order.
///
/// ```
/// use sconce_text_pipeline::undersample;
///
/// assert_eq!(undersample(&[0, 1, 0, 0], 42).len(), 2);
/// ```
pub fn undersample(labels: &[u32], seed: u64) -> Vec<usize> {
    let mut classes = classes(labels);
    let wanted = classes.iter().map(Vec::len).min().unwrap_or_default();
    let mut rows = Vec::with_capacity(wanted * classes.len());
    for (class, of_class) in classes.iter_mut().enumerate() {
        random(seed, class as u64).shuffle(of_class);
        rows.extend_from_slice(&of_class[..wanted]);
    }
    rows.sort_unstable();
    rows
}

/// `n_rows` rows, each drawn from a random class: all classes are equally likely. Nothing without
/// labels.
pub fn class_balanced(labels: &[u32], n_rows: usize, seed: u64) -> Vec<usize> {
    let classes = classes(labels);
    if classes.is_empty() {
        return Vec::new();
    }
    let mut random = random(seed, 0);
    let draw = |_| {
        let class = &classes[random.usize(..classes.len())];
        class[random.usize(..class.len())]
    };
    (0..n_rows).map(draw).collect()
}

/// The rows of each class that has any, by class.
fn classes(labels: &[u32]) -> Vec<Vec<usize>> {
    let mut rows: Vec<usize> = (0..labels.len()).collect();
    rows.sort_by_key(|row| labels[*row]);
    rows.chunk_by(|a, b| labels[*a] == labels[*b]).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests;
