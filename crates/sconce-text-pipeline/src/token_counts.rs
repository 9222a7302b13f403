//! How often each token occurs in a collection of texts.

use rayon::prelude::*;

use crate::normalizer::Normalizer;
use crate::pre_tokenizer::PreTokenizer;
use crate::token_index::TokenIndex;
use crate::token_key::TokenKey;

/// Tokens and their numbers of occurrences, in the order of first occurrence.
///
/// ```
/// use sconce_text_pipeline::TokenCounts;
///
/// let counts: TokenCounts = ["b", "a", "b"].into_iter().collect();
/// assert_eq!(counts.iter().collect::<Vec<_>>(), [("b", 2), ("a", 1)]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TokenCounts {
    index: TokenIndex,
    counts: Vec<u64>,
}

impl TokenCounts {
    /// Counts `n` more occurrences of `token`.
    #[inline]
    pub fn add(&mut self, token: &str, n: u64) {
        let (id, added) = self.index.get_or_add(token);
        match added {
            true => self.counts.push(n),
            false => self.counts[id as usize] += n,
        }
    }

    /// Counts one more occurrence of a token that was counted before, and says whether it was.
    #[inline]
    pub(crate) fn add_known(&mut self, key: TokenKey) -> bool {
        let id = self.index.id_of_key(key);
        id.map(|id| self.counts[id as usize] += 1).is_some()
    }

    /// Counts everything that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(token, n)| self.add(token, n));
    }

    /// Forgets everything, and keeps its memory.
    #[cfg(feature = "subword")]
    pub(crate) fn clear(&mut self) {
        self.index.clear();
        self.counts.clear();
    }

    /// The bytes that it takes.
    #[cfg(feature = "subword")]
    pub(crate) fn memory(&self) -> usize {
        self.index.memory() + self.counts.capacity() * size_of::<u64>()
    }

    /// How often `token` occurred.
    pub fn get(&self, token: &str) -> u64 {
        self.index.id(token).map_or(0, |id| self.counts[id as usize])
    }

    /// The number of different tokens.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The number of all occurrences.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The tokens and their counts, in the order of first occurrence.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        self.index.iter().zip(self.counts.iter().copied())
    }
}

impl<'a> FromIterator<&'a str> for TokenCounts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        let mut counts = Self::default();
        tokens.into_iter().for_each(|token| counts.add(token, 1));
        counts
    }
}

/// Counts the normalized tokens of `texts` in parallel.
///
/// The result, its order included, does not depend on the number of threads: each thread counts
/// one stretch of the texts, and the stretches are joined in their order.
pub fn count_tokens<S: AsRef<str> + Sync>(
    texts: &[S],
    normalizer: &Normalizer,
    pre_tokenizer: PreTokenizer,
) -> TokenCounts {
    let stretch = texts.len().div_ceil(rayon::current_num_threads()).max(1);
    let parts: Vec<TokenCounts> = texts
        .par_chunks(stretch)
        .map(|texts| {
            let mut counts = TokenCounts::default();
            let mut buffer = String::new();
            for text in texts.iter().map(AsRef::as_ref) {
                pre_tokenizer.for_each_token(text, |token| {
                    let key = normalizer.key_of(text, &token);
                    if !key.is_some_and(|key| counts.add_known(key)) {
                        counts.add(normalizer.normalize_with(&token.text, &mut buffer), 1);
                    }
                });
            }
            counts
        })
        .collect();
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    parts.for_each(|part| all.merge(&part));
    all
}

#[cfg(test)]
mod tests;
