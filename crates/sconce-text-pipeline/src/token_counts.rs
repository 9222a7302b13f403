//! How often each token occurs in a collection of texts.

use rayon::prelude::*;

use crate::analyzer::{Analyzer, Word};
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

    /// Counts one more occurrence of a short token.
    #[inline]
    fn add_key(&mut self, key: TokenKey) {
        let (id, added) = self.index.get_or_add_key(key);
        match added {
            true => self.counts.push(1),
            false => self.counts[id as usize] += 1,
        }
    }

    /// Counts one more occurrence of a token that was counted before, and says whether it was.
    #[cfg(feature = "subword")]
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

/// Counts the words of `texts` in parallel.
///
/// The result, its order included, does not depend on the number of threads: each thread counts
/// one stretch of the texts, and the stretches are joined in their order.
pub fn count_tokens<S: AsRef<str> + Sync>(texts: &[S], analyzer: &Analyzer) -> TokenCounts {
    let n_bytes: usize = texts.iter().map(|text| text.as_ref().len()).sum();
    let stretch = n_bytes.div_ceil(rayon::current_num_threads()).max(1);
    let parts: Vec<TokenCounts> =
        stretches(texts, stretch).into_par_iter().map(|texts| count(texts, analyzer)).collect();
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    parts.for_each(|part| all.merge(&part));
    all
}

/// Counts the words of texts that come one after the other, in parallel.
///
/// What is held in memory is the words that differ and some megabytes of text, however much there
/// is in all. The result is that of [`count_tokens`].
///
/// # Errors
/// The first that the iterator gives.
pub fn count_token_stream<S: AsRef<str> + Send + Sync, E: Send>(
    texts: impl IntoIterator<Item = Result<S, E>, IntoIter: Send>,
    analyzer: &Analyzer,
) -> Result<TokenCounts, E> {
    let mut texts = texts.into_iter();
    let mut all = TokenCounts::default();
    let mut batch = next_batch(&mut texts)?;
    while !batch.is_empty() {
        // The next texts are read while these are counted.
        let (counts, next) =
            rayon::join(|| count_tokens(&batch, analyzer), || next_batch(&mut texts));
        match all.is_empty() {
            true => all = counts,
            false => all.merge(&counts),
        }
        batch = next?;
    }
    Ok(all)
}

/// Text that is counted at a time: so much that joining the counts is little work beside counting.
const BATCH_BYTES: usize = 8 << 20;

fn next_batch<S: AsRef<str>, E>(
    texts: &mut impl Iterator<Item = Result<S, E>>,
) -> Result<Vec<S>, E> {
    let (mut batch, mut n_bytes) = (Vec::new(), 0);
    while n_bytes < BATCH_BYTES {
        let Some(text) = texts.next().transpose()? else { break };
        // A text without a byte takes memory too.
        n_bytes += text.as_ref().len() + size_of::<S>();
        batch.push(text);
    }
    Ok(batch)
}

/// Cuts texts into pieces of about so many bytes; none is empty.
fn stretches<S: AsRef<str>>(mut texts: &[S], n_bytes: usize) -> Vec<&[S]> {
    let mut stretches = Vec::new();
    while !texts.is_empty() {
        let mut room = n_bytes;
        let fits = |text: &S| {
            let has_room = room > 0;
            room = room.saturating_sub(text.as_ref().len());
            has_room
        };
        let end = texts.iter().map(fits).take_while(|fits| *fits).count();
        let (stretch, rest) = texts.split_at(end.max(1));
        stretches.push(stretch);
        texts = rest;
    }
    stretches
}

fn count<S: AsRef<str>>(texts: &[S], analyzer: &Analyzer) -> TokenCounts {
    let mut counts = TokenCounts::default();
    for text in texts {
        analyzer.for_each_key(text.as_ref(), |word, _| match word {
            Word::Key(key) => counts.add_key(key),
            Word::Text(word) => counts.add(word, 1),
        });
    }
    counts
}

#[cfg(test)]
mod tests;
