//! Words as ids of tokens, all in one list.
//!
//! A word is its length, the two halves of its count, and its ids: what a merge needs to know
//! about it lies side by side. Merges shorten words where they stand.

use crate::error::{Result, TrainerError};

/// What comes before the ids of a word.
const HEAD: usize = 3;

/// Where a word begins in the list.
pub(super) type Place = u32;

/// All words of at least two tokens: others have no pairs.
pub(super) struct SpelledWords {
    list: Vec<u32>,
    n_words: usize,
}

/// A word that may be merged.
pub(super) struct SpelledWord<'a> {
    pub(super) count: u64,
    pub(super) ids: &'a mut [u32],
    length: &'a mut u32,
}

impl SpelledWord<'_> {
    /// Keeps the first ids only.
    pub(super) fn truncate(self, length: usize) {
        *self.length = length as u32;
    }
}

impl SpelledWords {
    pub(super) fn with_capacity(n_words: usize, n_bytes: usize) -> Self {
        Self { list: Vec::with_capacity(n_words * HEAD + n_bytes), n_words: 0 }
    }

    /// Adds a word.
    pub(super) fn push(&mut self, ids: &[u32], count: u64) -> Result<()> {
        if ids.len() < 2 {
            return Ok(());
        }
        self.n_words += 1;
        if u32::try_from(self.list.len() + HEAD + ids.len()).is_err() {
            return Err(TrainerError::TooManyWords { n_words: self.n_words }.into());
        }
        self.list.extend([ids.len() as u32, count as u32, (count >> 32) as u32]);
        self.list.extend_from_slice(ids);
        Ok(())
    }

    /// The words with their places and counts, as long as nothing was merged.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, u64, &[u32])> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let [length, low, high] = *self.list.get(at..)?.first_chunk()?;
            let (place, start) = (at as Place, at + HEAD);
            at = start + length as usize;
            Some((place, u64::from(low) | u64::from(high) << 32, &self.list[start..at]))
        })
    }

    /// The word at a place.
    #[inline]
    pub(super) fn at(&mut self, place: Place) -> Option<SpelledWord<'_>> {
        let (head, rest) = self.list.get_mut(place as usize..)?.split_first_chunk_mut()?;
        let [length, low, high] = head;
        let ids = rest.get_mut(..*length as usize)?;
        Some(SpelledWord { count: u64::from(*low) | u64::from(*high) << 32, ids, length })
    }
}
