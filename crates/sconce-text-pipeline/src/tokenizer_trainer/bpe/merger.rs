//! Merging one pair in the words that hold it, and counting what that changes.
//!
//! Every pair that changes has one of the merged tokens in it, or the new one. So the changes are
//! collected for each neighbour first, and each changed pair is looked up once.

use super::pair_queue::{Pair, PairQueue};
use super::spelled_words::{Place, SpelledWords};
use crate::error::Result;

/// What changes beside one neighbour.
#[derive(Clone, Copy)]
struct Change {
    /// Occurrences of the neighbour beside the merged pair.
    gone: i64,
    /// Occurrences beside the new token.
    come: i64,
    /// Words in which it stands beside the new token, and the last of them.
    n_places: u32,
    last: Place,
    is_listed: bool,
}

const UNCHANGED: Change =
    Change { gone: 0, come: 0, n_places: 0, last: Place::MAX, is_listed: false };

/// The changes of one side of the pair.
#[derive(Default)]
struct Side {
    /// One for each token.
    changes: Vec<Change>,
    /// Neighbours with changes.
    listed: Vec<u32>,
    /// Words in which a neighbour stands beside the new token.
    places: Vec<(u32, Place)>,
}

/// Keeps the memory of its work from merge to merge.
pub(super) struct Merger {
    left: Side,
    right: Side,
    /// The characters of each token, if there is a limit.
    lengths: Vec<usize>,
    max_length: Option<usize>,
    sorted: Vec<Place>,
}

impl Merger {
    pub(super) fn new(n_tokens: usize, max_length: Option<usize>) -> Self {
        let lengths = vec![1; n_tokens];
        Self {
            left: Side::default(),
            right: Side::default(),
            lengths,
            max_length,
            sorted: Vec::new(),
        }
    }

    /// Makes `pair` the token `new` in the words at `places`, and tells the queue.
    pub(super) fn merge(
        &mut self,
        pair: Pair,
        new: u32,
        places: &[Place],
        words: &mut SpelledWords,
        queue: &mut PairQueue,
    ) -> Result<()> {
        let n_tokens = self.lengths.len().max(new as usize + 1);
        if n_tokens > self.lengths.len() {
            self.lengths.push(self.lengths[pair.0 as usize] + self.lengths[pair.1 as usize]);
        }
        self.left.changes.resize(n_tokens, UNCHANGED);
        self.right.changes.resize(n_tokens, UNCHANGED);
        for place in places {
            self.merge_word(pair, new, *place, words);
        }
        for neighbour in &self.left.listed {
            let change = &self.left.changes[*neighbour as usize];
            queue.add(Pair(*neighbour, pair.0), -change.gone);
            queue.add(Pair(*neighbour, new), change.come);
        }
        for neighbour in &self.right.listed {
            let change = &self.right.changes[*neighbour as usize];
            queue.add(Pair(pair.1, *neighbour), -change.gone);
            queue.add(Pair(new, *neighbour), change.come);
        }
        self.left.hand_on(&mut self.sorted, |neighbour, places| {
            queue.push(Pair(neighbour, new), places)
        })?;
        self.right.hand_on(&mut self.sorted, |neighbour, places| {
            queue.push(Pair(new, neighbour), places)
        })?;
        queue.tidy();
        Ok(())
    }

    fn merge_word(&mut self, pair: Pair, new: u32, place: Place, words: &mut SpelledWords) {
        let Some(word) = words.at(place) else {
            return;
        };
        let (length, count) = (word.ids.len(), word.count as i64);
        let (mut from, mut to) = (0, 0);
        while from < length {
            let id = word.ids[from];
            if id != pair.0 || word.ids.get(from + 1) != Some(&pair.1) {
                word.ids[to] = id;
                (from, to) = (from + 1, to + 1);
                continue;
            }
            if let Some(before) = to.checked_sub(1) {
                let left = word.ids[before];
                self.left.goes(left, count);
                if self.fits(left, new) {
                    self.left.comes(left, count, place);
                }
            }
            if let Some(right) = word.ids.get(from + 2).copied() {
                self.right.goes(right, count);
                if self.fits(right, new) {
                    // New tokens side by side are the same pair from both of them.
                    let side = if right == new { &mut self.left } else { &mut self.right };
                    side.comes(right, count, place);
                }
            }
            word.ids[to] = new;
            (from, to) = (from + 2, to + 1);
        }
        word.truncate(to);
    }

    /// Whether a neighbour and the new token would be short enough together. The limit itself is
    /// too long, as the library has it.
    #[inline]
    fn fits(&self, neighbour: u32, new: u32) -> bool {
        self.max_length.is_none_or(|max_length| {
            self.lengths[neighbour as usize] + self.lengths[new as usize] < max_length
        })
    }
}

impl Side {
    #[inline]
    fn change(&mut self, neighbour: u32) -> &mut Change {
        let change = &mut self.changes[neighbour as usize];
        if !change.is_listed {
            change.is_listed = true;
            self.listed.push(neighbour);
        }
        change
    }

    #[inline]
    fn goes(&mut self, neighbour: u32, count: i64) {
        self.change(neighbour).gone += count;
    }

    #[inline]
    fn comes(&mut self, neighbour: u32, count: i64, place: Place) {
        let change = self.change(neighbour);
        change.come += count;
        if change.last != place {
            change.last = place;
            change.n_places += 1;
            self.places.push((neighbour, place));
        }
    }

    /// Calls `f` with each neighbour that has come to stand somewhere, and where; then forgets all.
    fn hand_on(
        &mut self,
        sorted: &mut Vec<Place>,
        mut f: impl FnMut(u32, &[Place]) -> Result<()>,
    ) -> Result<()> {
        sorted.clear();
        sorted.resize(self.places.len(), 0);
        let mut end = 0;
        for neighbour in &self.listed {
            // From here on `last` is where the next place goes.
            let change = &mut self.changes[*neighbour as usize];
            change.last = end;
            end += change.n_places;
        }
        for (neighbour, place) in self.places.drain(..) {
            let change = &mut self.changes[neighbour as usize];
            sorted[change.last as usize] = place;
            change.last += 1;
        }
        let mut start = 0;
        for neighbour in self.listed.drain(..) {
            let change = std::mem::replace(&mut self.changes[neighbour as usize], UNCHANGED);
            let end = start + change.n_places as usize;
            if start < end {
                f(neighbour, &sorted[start..end])?;
            }
            start = end;
        }
        Ok(())
    }
}
