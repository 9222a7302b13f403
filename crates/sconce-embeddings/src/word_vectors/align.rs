//! The rows of a vocabulary: known words get their vector, the others what the caller chooses.

use std::fmt;

use super::WordVectors;

/// The vector of a word that has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnknownWords {
    /// Each number drawn evenly between `low` and `high`. A word's numbers depend on the seed and
    /// the word alone: adding or removing other words does not change them.
    Uniform {
        /// The least number.
        low: f32,
        /// The greatest number.
        high: f32,
        /// The seed.
        seed: u64,
    },
    /// Zeros.
    Zeros,
    /// The mean of all vectors there are.
    Mean,
}

/// How much of a vocabulary has vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Words asked for.
    pub types: usize,
    /// Of these, words with a vector.
    pub types_found: usize,
    /// Of these, words found only in lower case.
    pub by_lowercase: usize,
    /// How often the words occur, and of that how often one with a vector does, if counts are
    /// known.
    pub tokens: Option<TokenCoverage>,
}

/// How much of a text has vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenCoverage {
    /// Tokens of the text.
    pub total: u64,
    /// Of these, tokens whose word has a vector.
    pub found: u64,
}

impl WordVectors {
    /// The matrix `(n_words, dim)` for these words, and how many of them were found.
    ///
    /// With `lowercase_backoff` a word without a vector gets that of its lower-case form.
    pub fn matrix_for<'w>(
        &self,
        words: impl IntoIterator<Item = &'w str>,
        unknown: &UnknownWords,
        lowercase_backoff: bool,
    ) -> (Vec<f32>, Coverage) {
        let words: Vec<&str> = words.into_iter().collect();
        self.fill_matrix(&words, unknown, lowercase_backoff)
    }

    /// How many of these words, and of the tokens they count for, have vectors.
    pub fn coverage<'w>(
        &self,
        counts: impl IntoIterator<Item = (&'w str, u64)>,
        lowercase_backoff: bool,
    ) -> Coverage {
        let mut coverage = Coverage::default();
        let mut tokens = TokenCoverage::default();
        for (word, count) in counts {
            tokens.total += count;
            if coverage.look_up(self, word, lowercase_backoff).is_some() {
                tokens.found += count;
            }
        }
        Coverage { tokens: Some(tokens), ..coverage }
    }

    fn fill_matrix(
        &self,
        words: &[&str],
        unknown: &UnknownWords,
        lowercase_backoff: bool,
    ) -> (Vec<f32>, Coverage) {
        let mut coverage = Coverage::default();
        let mut matrix = vec![0.0; words.len() * self.dim];
        let mean = matches!(unknown, UnknownWords::Mean).then(|| self.mean());
        for (word, row) in words.iter().zip(matrix.chunks_exact_mut(self.dim)) {
            if let Some(vector) = coverage.look_up(self, word, lowercase_backoff) {
                row.copy_from_slice(vector);
                continue;
            }
            match (unknown, &mean) {
                (&UnknownWords::Uniform { low, high, seed }, _) => {
                    fill_uniform(row, low, high, word_seed(word, seed));
                }
                (UnknownWords::Mean, Some(mean)) => row.copy_from_slice(mean),
                // The matrix is made of zeros.
                _ => {}
            }
        }
        (matrix, coverage)
    }

    fn mean(&self) -> Vec<f32> {
        let mut sums = vec![0.0_f64; self.dim];
        for vector in self.values.chunks_exact(self.dim) {
            sums.iter_mut().zip(vector).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let n_words = self.len().max(1) as f64;
        sums.into_iter().map(|sum| (sum / n_words) as f32).collect()
    }
}

impl Coverage {
    fn look_up<'v>(
        &mut self,
        vectors: &'v WordVectors,
        word: &str,
        lowercase_backoff: bool,
    ) -> Option<&'v [f32]> {
        self.types += 1;
        let exact = vectors.get(word);
        let found = match exact {
            None if lowercase_backoff => vectors.get(&word.to_lowercase()),
            exact => exact,
        };
        self.types_found += usize::from(found.is_some());
        self.by_lowercase += usize::from(exact.is_none() && found.is_some());
        found
    }
}

/// One line: `17842 of 18765 words have vectors (95.1%), 120 by lower case; 98.2% of 188134 tokens`.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { types, types_found, by_lowercase, tokens } = self;
        let share = percent(*types_found as f64, *types as f64);
        write!(f, "{types_found} of {types} words have vectors ({share:.1}%)")?;
        if *by_lowercase > 0 {
            write!(f, ", {by_lowercase} by lower case")?;
        }
        if let Some(TokenCoverage { total, found }) = tokens {
            write!(f, "; {:.1}% of {total} tokens", percent(*found as f64, *total as f64))?;
        }
        Ok(())
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

/// A seed for one word: FNV-1a over its bytes, which no library update changes.
fn word_seed(word: &str, seed: u64) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in seed.to_le_bytes().iter().chain(word.as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash
}

/// Fills a row from a SplitMix64 stream (Steele, Lea and Flood 2014).
fn fill_uniform(row: &mut [f32], low: f32, high: f32, mut state: u64) {
    for value in row {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        // 24 bits are what an `f32` below one can hold evenly.
        let share = (mixed >> 40) as f32 / (1_u32 << 24) as f32;
        *value = low + (high - low) * share;
    }
}

#[cfg(test)]
mod tests;
