//! Pairs of neighbouring tokens, the most frequent first, and the words in which they stand.
//!
//! The counts of queued pairs are not kept up to date: a pair whose count was lower by the time it
//! came first goes back into the queue. Places of words lie in one list; those of pairs that left
//! the queue are removed from it now and then. A pair with one place, as most have, holds it
//! itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use rustc_hash::FxHashMap;

use super::spelled_words::{Place, SpelledWords};
use crate::error::{Result, TrainerError};

/// Two tokens side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pair(pub(super) u32, pub(super) u32);

/// Where the places of a pair are in the list of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    /// The first, or the only place itself.
    start: u32,
    len: u32,
}

/// A pair in the queue.
#[derive(Debug, PartialEq, Eq)]
struct Queued {
    count: u64,
    pair: Pair,
    places: Places,
}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |queued: &Self| (queued.count, Reverse(queued.pair), queued.places.start);
        key(self).cmp(&key(other))
    }
}

/// Counts of all pairs, and those that may be merged.
#[derive(Default)]
pub(super) struct PairQueue {
    /// Also of pairs that were merged: those are as frequent as when that happened, which counts
    /// if they come again. A count may fall below zero where long tokens are not counted.
    counts: FxHashMap<Pair, i64>,
    heap: BinaryHeap<Queued>,
    places: Vec<Place>,
    /// How many of `places` belong to a pair in the queue.
    n_live: usize,
}

/// Places of pairs that left the queue that are not worth tidying up.
const SLACK: usize = 1 << 18;

impl PairQueue {
    /// The pairs of words.
    pub(super) fn of(words: &SpelledWords) -> Result<Self> {
        struct Found {
            pair: Pair,
            count: i64,
            places: Places,
            last: Place,
        }
        let mut numbers: FxHashMap<Pair, usize> = FxHashMap::default();
        let mut found: Vec<Found> = Vec::new();
        for (place, count, ids) in words.iter() {
            for pair in ids.windows(2).map(|pair| Pair(pair[0], pair[1])) {
                let number = *numbers.entry(pair).or_insert_with(|| {
                    let places = Places { start: 0, len: 0 };
                    found.push(Found { pair, count: 0, places, last: Place::MAX });
                    found.len() - 1
                });
                let found = &mut found[number];
                found.count += count as i64;
                found.places.len += u32::from(found.last != place);
                found.last = place;
            }
        }
        let mut queue = Self::default();
        let mut n_places = 0;
        for found in &mut found {
            found.last = Place::MAX;
            if found.places.len > 1 {
                found.places.start = u32::try_from(n_places).map_err(|_| too_many(n_places))?;
                n_places += found.places.len as usize;
            }
        }
        queue.places = vec![0; n_places];
        queue.n_live = n_places;
        let mut filled = vec![0; found.len()];
        for (place, _, ids) in words.iter() {
            for pair in ids.windows(2).map(|pair| Pair(pair[0], pair[1])) {
                let number = numbers[&pair];
                let found = &mut found[number];
                if found.last == place {
                    continue;
                }
                found.last = place;
                match found.places.len {
                    1 => found.places.start = place,
                    _ => {
                        queue.places[found.places.start as usize + filled[number]] = place;
                        filled[number] += 1;
                    }
                }
            }
        }
        for Found { pair, count, places, .. } in found {
            queue.counts.insert(pair, count);
            queue.heap.push(Queued { count: count as u64, pair, places });
        }
        Ok(queue)
    }

    /// Takes out the most frequent pair, and writes the words in which it stands into `places`.
    pub(super) fn pop(&mut self, places: &mut Vec<Place>) -> Option<(Pair, u64)> {
        loop {
            let mut top = self.heap.peek_mut()?;
            let count = self.counts.get(&top.pair).copied().unwrap_or(0).max(0) as u64;
            if count != top.count {
                top.count = count;
                continue;
            }
            let Queued { count, pair, places: Places { start, len } } = PeekMut::pop(top);
            places.clear();
            match len {
                1 => places.push(start),
                _ => {
                    places.extend_from_slice(&self.places[start as usize..][..len as usize]);
                    self.n_live -= len as usize;
                }
            }
            return Some((pair, count));
        }
    }

    /// Counts occurrences of a pair that came or went.
    #[inline]
    pub(super) fn add(&mut self, pair: Pair, n: i64) {
        *self.counts.entry(pair).or_default() += n;
    }

    /// Puts a pair into the queue, with the words in which it has come to stand.
    pub(super) fn push(&mut self, pair: Pair, places: &[Place]) -> Result<()> {
        let count = self.counts.get(&pair).copied().unwrap_or(0);
        if count <= 0 {
            return Ok(());
        }
        let start = match places {
            [place] => *place,
            _ => {
                let start = self.places.len();
                self.places.extend_from_slice(places);
                self.n_live += places.len();
                u32::try_from(start).map_err(|_| too_many(start))?
            }
        };
        let places = Places { start, len: places.len() as u32 };
        self.heap.push(Queued { count: count as u64, pair, places });
        Ok(())
    }

    /// Removes what nobody needs any more, once it is as much as the rest.
    pub(super) fn tidy(&mut self) {
        if self.places.len() < 2 * self.n_live + SLACK {
            return;
        }
        let mut queued = std::mem::take(&mut self.heap).into_vec();
        // In the order of the list they can move up without a second one.
        queued.sort_unstable_by_key(|queued| queued.places.start);
        let mut end = 0;
        for Queued { places, .. } in queued.iter_mut().filter(|queued| queued.places.len > 1) {
            let (start, len) = (places.start as usize, places.len as usize);
            self.places.copy_within(start..start + len, end);
            places.start = end as u32;
            end += len;
        }
        self.places.truncate(end);
        self.places.shrink_to(2 * end);
        self.heap = queued.into();
        self.counts.retain(|_, count| *count != 0);
    }
}

fn too_many(n_places: usize) -> TrainerError {
    TrainerError::TooManyWords { n_words: n_places }
}
