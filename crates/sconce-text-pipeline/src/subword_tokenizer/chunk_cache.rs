//! What has been made of chunks of texts so far.

use super::pieces::Piece;
use crate::token_index::TokenIndex;
use crate::token_key::TokenKey;

/// The longest chunk that is kept. Longer ones hardly come again.
const MAX_CHUNK: usize = 200;
/// At any of these a cache begins anew: less than 40 MB. The 33 MB of IMDB's reviews
/// have about half as many chunks.
const MAX_CHUNKS: usize = 1 << 18;
const MAX_PIECES: usize = 1 << 20;
const MAX_BYTES: usize = 1 << 23;

/// Pieces by chunk.
#[derive(Default)]
pub(super) struct ChunkCache {
    chunks: TokenIndex,
    entries: Vec<Entry>,
    pieces: Vec<SmallPiece>,
    n_bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    n_pieces: u16,
    n_words: u16,
}

/// A piece of a chunk, with places and words counted from those of the chunk.
#[derive(Debug, Clone, Copy)]
struct SmallPiece {
    id: u32,
    start: u16,
    end: u16,
    word: u16,
    leading: u8,
    trailing: u8,
}

/// The pieces of one chunk, and how many words it has.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pieces: &'a [SmallPiece],
    pub(super) n_words: u32,
}

impl ChunkCache {
    /// What is known of `text[start..end]`.
    #[inline]
    pub(super) fn find(&self, text: &str, start: usize, end: usize) -> Option<Found<'_>> {
        let id = match TokenKey::within(text, start, end) {
            Some(key) => self.chunks.id_of_key(key)?,
            None => self.chunks.id(&text[start..end])?,
        };
        let Entry { start, n_pieces, n_words } = self.entries[id as usize];
        let pieces = &self.pieces[start as usize..start as usize + usize::from(n_pieces)];
        Some(Found { pieces, n_words: u32::from(n_words) })
    }

    /// Keeps what was made of a chunk that is not known yet, unless it is long.
    pub(super) fn keep(&mut self, chunk: &str, pieces: &[Piece], n_words: u32) {
        if chunk.len() > MAX_CHUNK {
            return;
        }
        let small: Option<Vec<SmallPiece>> = pieces.iter().map(SmallPiece::of).collect();
        let n_pieces = u16::try_from(pieces.len());
        let (Some(small), Ok(n_pieces), Ok(n_words)) = (small, n_pieces, u16::try_from(n_words))
        else {
            return;
        };
        let is_full = self.chunks.len() >= MAX_CHUNKS
            || self.pieces.len() >= MAX_PIECES
            || self.n_bytes >= MAX_BYTES;
        if is_full {
            *self = Self::default();
        }
        let (_, is_new) = self.chunks.get_or_add(chunk);
        if is_new {
            self.entries.push(Entry { start: self.pieces.len() as u32, n_pieces, n_words });
            self.pieces.extend(small);
            self.n_bytes += chunk.len();
        }
    }
}

impl SmallPiece {
    fn of(piece: &Piece) -> Option<Self> {
        Some(Self {
            id: piece.id,
            start: u16::try_from(piece.start).ok()?,
            end: u16::try_from(piece.end).ok()?,
            word: u16::try_from(piece.word).ok()?,
            leading: u8::try_from(piece.leading).ok()?,
            trailing: u8::try_from(piece.trailing).ok()?,
        })
    }
}

impl Found<'_> {
    #[inline]
    pub(super) fn ids(self) -> impl Iterator<Item = u32> {
        self.pieces.iter().map(|piece| piece.id)
    }

    /// The pieces as those of a text in which the chunk begins at a place and a word.
    #[inline]
    pub(super) fn pieces(self, place: usize, word: u32) -> impl Iterator<Item = Piece> {
        self.pieces.iter().map(move |piece| Piece {
            id: piece.id,
            word: word + u32::from(piece.word),
            start: place + usize::from(piece.start),
            end: place + usize::from(piece.end),
            leading: u16::from(piece.leading),
            trailing: u16::from(piece.trailing),
        })
    }
}

#[cfg(test)]
mod tests;
