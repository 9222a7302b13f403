//! A two-way map between tokens and consecutive ids, with all text in one allocation.
//!
//! The hash table holds pairs of 32-bit hash and id under linear probing, so that a lookup reads
//! the table, then the text of one candidate: no allocation, and few cache misses.

use std::hash::Hasher;

use rustc_hash::FxHasher;

const EMPTY: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    id: u32,
}

/// Tokens numbered from zero in the order in which they were added.
#[derive(Debug, Clone)]
pub(crate) struct TokenIndex {
    text: String,
    /// Where each token begins in `text`, and where the last one ends.
    offsets: Vec<usize>,
    /// A power of two long, and never more than half full.
    slots: Vec<Slot>,
}

impl Default for TokenIndex {
    fn default() -> Self {
        Self { text: String::new(), offsets: vec![0], slots: empty_slots(16) }
    }
}

impl TokenIndex {
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(crate) fn token(&self, id: u32) -> Option<&str> {
        let id = id as usize;
        let end = *self.offsets.get(id.checked_add(1)?)?;
        self.text.get(self.offsets[id]..end)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.offsets.windows(2).map(|ends| &self.text[ends[0]..ends[1]])
    }

    #[inline]
    pub(crate) fn id(&self, token: &str) -> Option<u32> {
        let slot = self.slots[self.find(token, hash(token))];
        (slot.id != EMPTY).then_some(slot.id)
    }

    /// The id of `token` and whether it had to be added.
    #[inline]
    pub(crate) fn get_or_add(&mut self, token: &str) -> (u32, bool) {
        let hash = hash(token);
        let place = self.find(token, hash);
        if self.slots[place].id != EMPTY {
            return (self.slots[place].id, false);
        }
        let id = self.len() as u32;
        self.text.push_str(token);
        self.offsets.push(self.text.len());
        self.slots[place] = Slot { tag: tag(hash), id };
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        (id, true)
    }

    /// The slot of `token`, or the empty one where it belongs.
    #[inline]
    fn find(&self, token: &str, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot.id == EMPTY || (slot.tag == tag && self.holds(slot.id, token)) {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    #[inline]
    fn holds(&self, id: u32, token: &str) -> bool {
        let (start, end) = (self.offsets[id as usize], self.offsets[id as usize + 1]);
        self.text.as_bytes()[start..end] == *token.as_bytes()
    }

    fn grow(&mut self) {
        let mut slots = empty_slots(self.slots.len() * 2);
        let mask = slots.len() - 1;
        for (id, token) in self.iter().enumerate() {
            let hash = hash(token);
            let mut place = hash as usize & mask;
            while slots[place].id != EMPTY {
                place = (place + 1) & mask;
            }
            slots[place] = Slot { tag: tag(hash), id: id as u32 };
        }
        self.slots = slots;
    }
}

fn empty_slots(len: usize) -> Vec<Slot> {
    vec![Slot { tag: 0, id: EMPTY }; len]
}

#[inline]
fn hash(token: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(token.as_bytes());
    hasher.finish()
}

/// The half of the hash that does not choose the slot.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests;
