//! A two-way map between tokens and consecutive ids, with all text in one allocation.
//!
//! The hash table holds pairs of 32-bit hash and id under linear probing; a candidate is compared
//! by its key if the token is short, by its text if not: no allocation, and few cache misses.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::token_key::TokenKey;

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
    /// The key of each token, or [`TokenKey::LONG`].
    keys: Vec<TokenKey>,
    /// A power of two long, and never more than half full.
    slots: Vec<Slot>,
}

impl Default for TokenIndex {
    fn default() -> Self {
        Self { text: String::new(), offsets: vec![0], keys: Vec::new(), slots: empty_slots(16) }
    }
}

impl TokenIndex {
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Forgets all tokens, and keeps its memory.
    #[cfg(feature = "subword")]
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.offsets.truncate(1);
        self.keys.clear();
        self.slots.fill(Slot { tag: 0, id: EMPTY });
    }

    /// The bytes that it takes.
    #[cfg(feature = "subword")]
    pub(crate) fn memory(&self) -> usize {
        self.text.capacity()
            + self.offsets.capacity() * size_of::<usize>()
            + self.keys.capacity() * size_of::<TokenKey>()
            + self.slots.capacity() * size_of::<Slot>()
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
        match TokenKey::of(token) {
            Some(key) => self.id_of_key(key),
            None => self.filled(self.find_long(token, long_hash(token))),
        }
    }

    /// Like [`id`](Self::id), for a token whose key is there already.
    #[inline]
    pub(crate) fn id_of_key(&self, key: TokenKey) -> Option<u32> {
        self.filled(self.find_key(key, key.hash()))
    }

    /// The id of `token` and whether it had to be added.
    #[inline]
    pub(crate) fn get_or_add(&mut self, token: &str) -> (u32, bool) {
        let key = TokenKey::of(token);
        let hash = key.map_or_else(|| long_hash(token), TokenKey::hash);
        let place = match key {
            Some(key) => self.find_key(key, hash),
            None => self.find_long(token, hash),
        };
        match self.filled(place) {
            Some(id) => (id, false),
            None => (self.add(token, key.unwrap_or(TokenKey::LONG), hash, place), true),
        }
    }

    /// Like [`get_or_add`](Self::get_or_add), for a token whose key is there already.
    #[inline]
    pub(crate) fn get_or_add_key(&mut self, key: TokenKey) -> (u32, bool) {
        let hash = key.hash();
        let place = self.find_key(key, hash);
        match self.filled(place) {
            Some(id) => (id, false),
            None => (key.with_text(|token| self.add(token, key, hash, place)), true),
        }
    }

    fn add(&mut self, token: &str, key: TokenKey, hash: u64, place: usize) -> u32 {
        let id = self.len() as u32;
        self.text.push_str(token);
        self.offsets.push(self.text.len());
        self.keys.push(key);
        self.slots[place] = Slot { tag: tag(hash), id };
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    #[inline]
    fn filled(&self, place: usize) -> Option<u32> {
        let id = self.slots[place].id;
        (id != EMPTY).then_some(id)
    }

    /// The slot of a short token, or the empty one where it belongs.
    #[inline]
    fn find_key(&self, key: TokenKey, hash: u64) -> usize {
        self.find(hash, |id| self.keys[id as usize] == key)
    }

    /// The slot of a long token, or the empty one where it belongs.
    #[inline]
    fn find_long(&self, token: &str, hash: u64) -> usize {
        self.find(hash, |id| {
            let (start, end) = (self.offsets[id as usize], self.offsets[id as usize + 1]);
            self.text.as_bytes()[start..end] == *token.as_bytes()
        })
    }

    #[inline]
    fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot.id == EMPTY || (slot.tag == tag && is_it(slot.id)) {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mut slots = empty_slots(self.slots.len() * 2);
        let mask = slots.len() - 1;
        for (id, (token, key)) in self.iter().zip(&self.keys).enumerate() {
            let hash = if *key == TokenKey::LONG { long_hash(token) } else { key.hash() };
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

fn long_hash(token: &str) -> u64 {
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
