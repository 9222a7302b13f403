//! Nearest words, similarities and analogies: exact, by cosine, in one parallel pass.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::WordVectors;
use crate::{Error, Result};

/// Rows that one task looks at: some hundred kilobytes of vectors.
const ROWS_PER_TASK: usize = 2048;
/// Partial sums kept side by side, so that the additions of a dot product do not wait for each other.
const LANES: usize = 16;

/// A word found by its vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour<'a> {
    /// The word.
    pub word: &'a str,
    /// Its row.
    pub id: u32,
    /// Cosine of the angle to what was asked for.
    pub similarity: f32,
}

impl WordVectors {
    /// The `n` words nearest to a word by cosine, best first, without the word itself.
    ///
    /// Words of equal similarity come in the order of their rows.
    ///
    /// # Errors
    /// If the word has no vector.
    pub fn nearest(&self, word: &str, n: usize) -> Result<Vec<Neighbour<'_>>> {
        let id = self.known(word)?;
        Ok(self.scan(self.row(id), &[id], n))
    }

    /// The `n` words nearest to a vector by cosine, best first.
    ///
    /// # Errors
    /// If the vector has not `dim` numbers, or one of them is not finite.
    pub fn nearest_to(&self, vector: &[f32], n: usize) -> Result<Vec<Neighbour<'_>>> {
        if vector.len() != self.dim {
            return Err(Error::WrongDimension { got: vector.len(), expected: self.dim });
        }
        if let Some(&value) = vector.iter().find(|value| !value.is_finite()) {
            return Err(Error::NotFiniteQuery { value });
        }
        Ok(self.scan(vector, &[], n))
    }

    /// The cosine of the angle between the vectors of two words; 0 if one of them is all zeros.
    ///
    /// # Errors
    /// If a word has no vector.
    pub fn similarity(&self, a: &str, b: &str) -> Result<f32> {
        let (a, b) = (self.row(self.known(a)?), self.row(self.known(b)?));
        Ok(cosine(a, square(a), b))
    }

    /// The `n` best words `d` in "`a` is to `b` as `c` is to `d`", the three words left out.
    ///
    /// Ranked by the cosine to `b - a + c` over unit vectors (3CosAdd; Mikolov, Yih and Zweig,
    /// "Linguistic Regularities in Continuous Space Word Representations", 2013).
    ///
    /// # Errors
    /// If a word has no vector.
    pub fn analogy(&self, a: &str, b: &str, c: &str, n: usize) -> Result<Vec<Neighbour<'_>>> {
        let ids = [self.known(a)?, self.known(b)?, self.known(c)?];
        let mut target = vec![0.0; self.dim];
        for (id, sign) in ids.into_iter().zip([-1.0_f64, 1.0, 1.0]) {
            let vector = self.row(id);
            let norm = exact_dot(vector, vector).sqrt();
            let scale = if norm > 0.0 { (sign / norm) as f32 } else { 0.0 };
            target.iter_mut().zip(vector).for_each(|(sum, &value)| *sum += scale * value);
        }
        Ok(self.scan(&target, &ids, n))
    }

    fn known(&self, word: &str) -> Result<u32> {
        self.id(word).ok_or_else(|| {
            let mut letters = word.chars();
            let capital = letters.next().map(|first| first.to_uppercase().chain(letters).collect());
            let nearest = [Some(word.to_lowercase()), capital, Some(word.to_uppercase())];
            Error::UnknownWord {
                word: word.to_owned(),
                n_words: self.len(),
                nearest: nearest
                    .into_iter()
                    .flatten()
                    .find(|other: &String| self.id(other).is_some()),
            }
        })
    }

    /// The vector of a row that is known to exist.
    fn row(&self, id: u32) -> &[f32] {
        let start = id as usize * self.dim;
        &self.values[start..start + self.dim]
    }

    fn scan(&self, query: &[f32], excluded: &[u32], n: usize) -> Vec<Neighbour<'_>> {
        let query_square = square(query);
        let score = |(task, rows): (usize, &[f32])| {
            let mut best = Best::new(n);
            for (row, vector) in rows.chunks_exact(self.dim).enumerate() {
                let id = (task * ROWS_PER_TASK + row) as u32;
                if !excluded.contains(&id) {
                    best.offer(Scored { id, similarity: cosine(query, query_square, vector) });
                }
            }
            best
        };
        let best = self
            .values
            .par_chunks(ROWS_PER_TASK * self.dim)
            .enumerate()
            .map(score)
            .reduce(|| Best::new(n), Best::merge);
        let found = best.into_sorted().into_iter();
        found
            .filter_map(|Scored { id, similarity }| {
                Some(Neighbour { word: self.word(id)?, id, similarity })
            })
            .collect()
    }
}

#[derive(Clone, Copy)]
struct Scored {
    id: u32,
    similarity: f32,
}

impl Scored {
    /// Better first: higher similarity, then lower row.
    fn order(&self, other: &Self) -> Ordering {
        other.similarity.total_cmp(&self.similarity).then(self.id.cmp(&other.id))
    }
}

/// The best `n` of what was offered, kept by pruning a list that may grow to twice that.
struct Best {
    n: usize,
    kept: Vec<Scored>,
    /// What a newcomer has to beat, once `n` are known.
    worst: Option<Scored>,
}

impl Best {
    fn new(n: usize) -> Self {
        Self { n, kept: Vec::new(), worst: None }
    }

    fn offer(&mut self, scored: Scored) {
        if self.worst.is_some_and(|worst| scored.order(&worst).is_gt()) {
            return;
        }
        self.kept.push(scored);
        if self.kept.len() >= self.n.saturating_mul(2).max(16) {
            self.prune();
        }
    }

    fn prune(&mut self) {
        if self.n == 0 {
            self.kept.clear();
        } else if self.kept.len() > self.n {
            let (_, &mut worst, _) = self.kept.select_nth_unstable_by(self.n - 1, Scored::order);
            self.worst = Some(worst);
            self.kept.truncate(self.n);
        }
    }

    fn merge(mut self, other: Self) -> Self {
        other.kept.into_iter().for_each(|scored| self.offer(scored));
        self
    }

    fn into_sorted(mut self) -> Vec<Scored> {
        self.prune();
        self.kept.sort_unstable_by(Scored::order);
        self.kept
    }
}

/// The cosine of two vectors, given the square of the first; 0 if one of them is all zeros.
fn cosine(query: &[f32], query_square: f32, vector: &[f32]) -> f32 {
    let (dot, vector_square) = dot_and_square(query, vector);
    let safe = 1e-30..1e30;
    let similarity = if safe.contains(&query_square) && safe.contains(&vector_square) {
        dot / (query_square.sqrt() * vector_square.sqrt())
    } else {
        exact_cosine(query, vector)
    };
    // Adding zero turns -0 into 0, which `total_cmp` would tell apart.
    similarity.clamp(-1.0, 1.0) + 0.0
}

/// For zeros, and for numbers whose squares leave the range of `f32`.
fn exact_cosine(query: &[f32], vector: &[f32]) -> f32 {
    let norms = exact_dot(query, query).sqrt() * exact_dot(vector, vector).sqrt();
    if norms > 0.0 { (exact_dot(query, vector) / norms) as f32 } else { 0.0 }
}

fn exact_dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn square(vector: &[f32]) -> f32 {
    dot_and_square(vector, vector).1
}

/// `query . vector` and `vector . vector`, in one pass over both.
fn dot_and_square(query: &[f32], vector: &[f32]) -> (f32, f32) {
    let (mut dots, mut squares) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    let (query_blocks, query_rest) = query.as_chunks::<LANES>();
    let (vector_blocks, vector_rest) = vector.as_chunks::<LANES>();
    for (q, v) in query_blocks.iter().zip(vector_blocks) {
        for lane in 0..LANES {
            dots[lane] += q[lane] * v[lane];
            squares[lane] += v[lane] * v[lane];
        }
    }
    for (lane, (q, v)) in query_rest.iter().zip(vector_rest).enumerate() {
        dots[lane] += q * v;
        squares[lane] += v * v;
    }
    (dots.iter().sum(), squares.iter().sum())
}

#[cfg(test)]
mod tests;
