//! Vectors in NumPy's format, and how well cosines follow scores.

use anyhow::{Context, Result, ensure};

/// A matrix of single precision.
#[derive(Debug, PartialEq)]
pub struct Matrix {
    pub n_columns: usize,
    pub values: Vec<f32>,
}

impl Matrix {
    /// Reads version 1 or 2 of `.npy`: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let head = bytes.strip_prefix(b"\x93NUMPY").context("not a file of NumPy")?;
        let (start, length) = match head {
            [1, _, a, b, ..] => (4, u32::from_le_bytes([*a, *b, 0, 0])),
            [2, _, a, b, c, d, ..] => (6, u32::from_le_bytes([*a, *b, *c, *d])),
            _ => anyhow::bail!("an unknown version of NumPy's format"),
        };
        let end = start + length as usize;
        let text = head.get(start..end).context("the header is cut off")?;
        let text = String::from_utf8_lossy(text).replace(' ', "");
        ensure!(text.contains("'descr':'<f4'"), "not of little-endian single precision: {text}");
        ensure!(text.contains("'fortran_order':False"), "not in the order of rows: {text}");
        let shape = text.split_once("'shape':(").and_then(|(_, rest)| rest.split_once(')'));
        let sizes: Vec<usize> = shape
            .context("the header has no shape")?
            .0
            .split(',')
            .filter(|size| !size.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let [n_rows, n_columns] = sizes[..] else {
            anyhow::bail!("not a matrix: it has the shape {sizes:?}");
        };
        let (values, rest) = head[end..].as_chunks::<4>();
        ensure!(
            rest.is_empty() && values.len() == n_rows * n_columns,
            "{} values where the shape {sizes:?} wants {}",
            values.len(),
            n_rows * n_columns
        );
        Ok(Self {
            n_columns,
            values: values.iter().map(|value| f32::from_le_bytes(*value)).collect(),
        })
    }

    /// The largest distance of two values at one place.
    pub fn difference(&self, other: &Self) -> Result<f64> {
        ensure!(
            self.n_columns == other.n_columns && self.values.len() == other.values.len(),
            "vectors of different shapes: {} values in rows of {}, and {} in rows of {}",
            self.values.len(),
            self.n_columns,
            other.values.len(),
            other.n_columns
        );
        let pairs = self.values.iter().zip(&other.values);
        let distance = |(a, b): (&f32, &f32)| f64::from((a - b).abs());
        let largest = pairs.map(distance).fold(0.0, f64::max);
        let is_finite = self.values.iter().chain(&other.values).all(|value| value.is_finite());
        ensure!(is_finite, "a value is not finite");
        Ok(largest)
    }

    /// The cosine of each row of the first half and its row of the second.
    pub fn cosines(&self) -> Vec<f64> {
        let rows: Vec<&[f32]> = self.values.chunks(self.n_columns.max(1)).collect();
        let (first, second) = rows.split_at(rows.len() / 2);
        first.iter().zip(second).map(|(a, b)| cosine(a, b)).collect()
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Spearman's rank correlation; equal values share the mean of their ranks.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = first as f64 + (equal.len() as f64 - 1.0) / 2.0;
        equal.iter().for_each(|at| ranks[*at] = rank);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests;
