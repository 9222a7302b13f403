//! Texts by their chunks: what the tokenizers' own steps made of a chunk once is not made again.
//!
//! Nearly all words of a text were in the texts before it. So a text is cut into added tokens and
//! chunks ([`FastWords`]), and normalizer, pre-tokenizer and model see only chunks that are new.
//! There is no second implementation of any of them, and ids, spans and words are those of the
//! whole text wherever chunks are independent of each other; where that is not known, there is no
//! fast engine, or it leaves a text to the other one.

use std::sync::{Mutex, PoisonError, RwLock};

use tokenizers::{Model, ModelWrapper, OffsetReferential, OffsetType, Tokenizer};

use super::added_tokens::{AddedTokens, Section};
use super::chunk_cache::ChunkCache;
use super::pieces::{self, Piece};
use crate::fast_words::{Chunk, FastWords};

/// What a tokenizer does to running text, remembered.
pub(super) struct FastEngine {
    words: FastWords,
    added: AddedTokens,
    /// As many as texts were in work at once.
    memories: Mutex<Vec<Memory>>,
    /// What any thread has made, so that no other makes it once more.
    common: RwLock<Common>,
}

/// Chunks, and those of them that their text begins with, where that makes a difference.
#[derive(Default)]
struct Common {
    chunks: ChunkCache,
    firsts: ChunkCache,
}

/// What one thread remembers.
#[derive(Default)]
struct Memory {
    common: Common,
    /// Words that were given one by one.
    words: ChunkCache,
    pieces: Vec<Piece>,
}

/// Why a text is not encoded.
pub(super) enum Failed {
    /// The other engine must do it.
    NotHere,
    Tokenizer(tokenizers::Error),
}

impl From<tokenizers::Error> for Failed {
    fn from(error: tokenizers::Error) -> Self {
        Self::Tokenizer(error)
    }
}

type Result<T> = std::result::Result<T, Failed>;

impl FastEngine {
    /// None if texts cannot be encoded by their chunks with this tokenizer.
    pub(super) fn new(tokenizer: &Tokenizer) -> Option<Self> {
        let mut words = FastWords::new(tokenizer.get_normalizer(), tokenizer.get_pre_tokenizer())?;
        if words.is_one_word() && !merges_stay_in_chunks(tokenizer.get_model()) {
            return None;
        }
        let added = AddedTokens::of(tokenizer)?;
        if added.are_normalized() {
            words = words.at_spaces_only();
        }
        Some(Self { words, added, memories: Mutex::default(), common: RwLock::default() })
    }

    /// Appends the ids of a text without a frame.
    pub(super) fn ids(&self, tokenizer: &Tokenizer, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        let n_ids = ids.len();
        let mut memory = self.memory();
        let encoded = self.added.sections(text, |section| {
            let (text, start) = match section {
                Section::Text { text, start } => (text, start),
                Section::Token { id, .. } => {
                    ids.push(id);
                    return Ok(());
                }
            };
            self.check(start)?;
            self.words.chunks(text, |chunk| {
                let end = chunk.start + chunk.text.len();
                if let Some(found) = memory.common.of(chunk).find(text, chunk.start, end) {
                    ids.extend(found.ids());
                } else {
                    self.make(tokenizer, chunk, &mut memory)?;
                    ids.extend(memory.pieces.iter().map(|piece| piece.id));
                }
                Ok(())
            })
        });
        self.give_back(memory);
        if encoded.is_err() {
            ids.truncate(n_ids);
        }
        encoded
    }

    /// The tokens of a text without a frame.
    pub(super) fn pieces(&self, tokenizer: &Tokenizer, text: &str) -> Result<Vec<Piece>> {
        let mut pieces = Vec::with_capacity(text.len() / 4);
        let mut memory = self.memory();
        let mut word = 0;
        let encoded = self.added.sections(text, |section| {
            let (section, start) = match section {
                Section::Text { text, start } => (text, start),
                Section::Token { id, start, end } => {
                    pieces.push(Piece::of_added(text, id, word, start, end));
                    word += 1;
                    return Ok(());
                }
            };
            self.check(start)?;
            let mut has_words = false;
            self.words.chunks(section, |chunk| -> Result<()> {
                let place = start + chunk.start;
                let end = chunk.start + chunk.text.len();
                let n_words = match memory.common.of(chunk).find(section, chunk.start, end) {
                    Some(found) => {
                        pieces.extend(found.pieces(place, word));
                        found.n_words
                    }
                    None => {
                        let n_words = self.make(tokenizer, chunk, &mut memory)?;
                        pieces.extend(memory.pieces.iter().map(|piece| Piece {
                            word: word + piece.word,
                            start: place + piece.start,
                            end: place + piece.end,
                            ..*piece
                        }));
                        n_words
                    }
                };
                has_words |= n_words > 0;
                word += if self.words.is_one_word() { 0 } else { n_words };
                Ok(())
            })?;
            word += u32::from(self.words.is_one_word() && has_words);
            Ok(())
        });
        self.give_back(memory);
        encoded.map(|()| pieces)
    }

    /// The tokens of words that were given one by one; `make` is asked for those of a word that is
    /// new.
    pub(super) fn word_pieces(
        &self,
        words: &[&str],
        make: impl Fn(&str) -> tokenizers::Result<Vec<Piece>>,
    ) -> std::result::Result<Vec<Piece>, (usize, tokenizers::Error)> {
        let mut pieces = Vec::with_capacity(2 * words.len());
        let mut memory = self.memory();
        let encoded = words.iter().enumerate().try_for_each(|(number, word)| {
            let place = number as u32;
            if let Some(found) = memory.words.find(word, 0, word.len()) {
                pieces.extend(found.pieces(0, place));
                return Ok(());
            }
            let made = make(word).map_err(|error| (number, error))?;
            memory.words.keep(word, &made, 1);
            pieces.extend(made.into_iter().map(|piece| Piece { word: place, ..piece }));
            Ok(())
        });
        self.give_back(memory);
        encoded.map(|()| pieces)
    }

    /// Leaves the pieces of a chunk that is new to this thread in its memory, and counts its words.
    #[cold]
    fn make(&self, tokenizer: &Tokenizer, chunk: Chunk<'_>, memory: &mut Memory) -> Result<u32> {
        memory.pieces.clear();
        let common = self.common.read().unwrap_or_else(PoisonError::into_inner);
        let found = common.of(chunk).find(chunk.text, 0, chunk.text.len()).map(|found| {
            memory.pieces.extend(found.pieces(0, 0));
            found.n_words
        });
        drop(common);
        let n_words = match found {
            Some(n_words) => n_words,
            None => {
                let n_words = self.run(tokenizer, chunk, &mut memory.pieces)?;
                let mut common = self.common.write().unwrap_or_else(PoisonError::into_inner);
                common.keep(chunk, &memory.pieces, n_words);
                n_words
            }
        };
        memory.common.keep(chunk, &memory.pieces, n_words);
        Ok(n_words)
    }

    /// Runs the steps on a chunk and counts its words.
    fn run(&self, tokenizer: &Tokenizer, chunk: Chunk<'_>, pieces: &mut Vec<Piece>) -> Result<u32> {
        if self.added.are_normalized() && self.added.are_in(&self.words.normalized(chunk)?) {
            return Err(Failed::NotHere);
        }
        let mut words = self.words.words(chunk)?;
        tokenizer.get_model().tokenize_in_pretokenized(&mut words, None)?;
        let n_words = words.get_splits(OffsetReferential::Original, OffsetType::None).len() as u32;
        pieces::append(&words.into_encoding(None, 0, OffsetType::Byte)?, pieces);
        Ok(n_words)
    }

    /// A text that begins behind an added token has no beginning for some steps.
    fn check(&self, start: usize) -> Result<()> {
        let is_inside = start > 0 && self.words.knows_the_first_byte();
        if is_inside { Err(Failed::NotHere) } else { Ok(()) }
    }

    fn memory(&self) -> Memory {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, memory: Memory) {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}

impl Common {
    #[inline]
    fn of(&self, chunk: Chunk<'_>) -> &ChunkCache {
        if chunk.is_first { &self.firsts } else { &self.chunks }
    }

    fn keep(&mut self, chunk: Chunk<'_>, pieces: &[Piece], n_words: u32) {
        let cache = if chunk.is_first { &mut self.firsts } else { &mut self.chunks };
        cache.keep(chunk.text, pieces, n_words);
    }
}

impl std::fmt::Debug for FastEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FastEngine").field("words", &self.words).finish_non_exhaustive()
    }
}

/// Whether a text that is one word can be shown to the model from space to space: byte-pair
/// encoding without a token that has a space after anything else merges nothing across a space.
fn merges_stay_in_chunks(model: &ModelWrapper) -> bool {
    let ModelWrapper::BPE(bpe) = model else { return false };
    let is_affixed = [&bpe.continuing_subword_prefix, &bpe.end_of_word_suffix]
        .into_iter()
        .any(|affix| affix.as_ref().is_some_and(|affix| !affix.is_empty()));
    if is_affixed || bpe.ignore_merges || bpe.token_to_id("▁").is_none() {
        return false;
    }
    let crosses = |token: &String| token.trim_start_matches('▁').contains('▁');
    !bpe.get_vocab().keys().any(crosses)
}

#[cfg(test)]
mod tests;
