//! What one thread counts: pieces of texts in a table that stays in the cache, then their words.

use super::cutter::Cutter;
use super::shards::{Outbox, Shards};
use crate::error::Result;
use crate::token_counts::TokenCounts;
use crate::token_key::{MAX_LEN, TokenKey};

/// Pieces in a full table. Words are so unevenly frequent that few more would be found in a larger
/// one.
const FULL: usize = 1 << 15;
/// What a piece takes in the table, roughly, with room to grow.
const BYTES_PER_PIECE: usize = 128;

/// The table of one thread.
pub(super) struct Lane {
    pieces: TokenCounts,
    full: usize,
    outbox: Outbox,
}

impl Lane {
    pub(super) fn new(max_memory: usize) -> Self {
        let full = (max_memory / BYTES_PER_PIECE).clamp(16, FULL);
        Self { pieces: TokenCounts::default(), full, outbox: Outbox::default() }
    }

    /// Counts the words of a text.
    pub(super) fn count(&mut self, text: &str, cutter: &Cutter, shards: &Shards) -> Result<()> {
        let of_piece = |lane: &mut Self, text: &str, start, end| {
            let key = TokenKey::within(text, start, end);
            match key.is_some_and(|key| lane.pieces.add_known(key)) {
                true => Ok(()),
                false => lane.add(&text[start..end], cutter, shards),
            }
        };
        cutter.for_each_piece(text, self, of_piece, |lane, text| {
            cutter.words(text, |word| lane.outbox.push(word, 1, shards))
        })
    }

    #[cold]
    fn add(&mut self, piece: &str, cutter: &Cutter, shards: &Shards) -> Result<()> {
        if piece.len() > MAX_LEN {
            // They are rare, and nearly each is another one.
            let outbox = &mut self.outbox;
            return cutter.words_of_piece(piece, |word| outbox.push(word, 1, shards));
        }
        if self.pieces.len() >= self.full {
            self.hand_on(cutter, shards)?;
        }
        self.pieces.add(piece, 1);
        Ok(())
    }

    /// Hands on everything that is left.
    pub(super) fn finish(&mut self, cutter: &Cutter, shards: &Shards) -> Result<()> {
        self.hand_on(cutter, shards)?;
        self.outbox.send(shards)
    }

    fn hand_on(&mut self, cutter: &Cutter, shards: &Shards) -> Result<()> {
        let outbox = &mut self.outbox;
        for (piece, n) in self.pieces.iter() {
            cutter.words_of_piece(piece, |word| outbox.push(word, n, shards))?;
        }
        self.pieces.clear();
        Ok(())
    }
}
