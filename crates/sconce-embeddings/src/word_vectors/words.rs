//! Distinct words and their ids: one arena of text, one table of ids, no allocation to look up.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// No word can have this id; it marks a free slot.
const FREE: u32 = u32::MAX;

/// Words numbered in the order of their insertion.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// All words, one after the other.
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
    /// Open addressing with linear probing; a power of two long and at most half full.
    slots: Vec<u32>,
}

impl Words {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn reserve(&mut self, n_words: usize) {
        self.ends.reserve(n_words);
        let needed = slots_for(self.len() + n_words);
        if needed > self.slots.len() {
            self.rehash(needed);
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn word(&self, id: u32) -> Option<&str> {
        let id = id as usize;
        let end = *self.ends.get(id)?;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        Some(&self.text[start..end])
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.text[std::mem::replace(&mut start, end)..end])
    }

    pub(super) fn id(&self, word: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.find(word).ok()
    }

    /// Adds a word that is not there yet; otherwise answers with the id it has.
    ///
    /// # Panics
    /// With more than `u32::MAX - 1` words, which would take sixteen gigabytes of slots.
    pub(super) fn insert(&mut self, word: &str) -> Result<u32, u32> {
        if slots_for(self.len() + 1) > self.slots.len() {
            self.rehash(slots_for(2 * (self.len() + 1)));
        }
        let slot = match self.find(word) {
            Ok(id) => return Err(id),
            Err(slot) => slot,
        };
        assert!(self.len() < FREE as usize, "more words than 32-bit ids");
        let id = self.len() as u32;
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.slots[slot] = id;
        Ok(id)
    }

    /// The id of the word, or the free slot where it belongs. The table must have slots.
    fn find(&self, word: &str) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash(word) & mask;
        loop {
            let id = self.slots[slot];
            if id == FREE {
                return Err(slot);
            }
            if self.word(id) == Some(word) {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn rehash(&mut self, n_slots: usize) {
        let mask = n_slots - 1;
        let mut slots = vec![FREE; n_slots];
        for (id, word) in self.iter().enumerate() {
            let mut slot = hash(word) & mask;
            while slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = id as u32;
        }
        self.slots = slots;
    }
}

fn slots_for(n_words: usize) -> usize {
    (2 * n_words).next_power_of_two().max(16)
}

fn hash(word: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish() as usize
}

#[cfg(test)]
mod tests;
