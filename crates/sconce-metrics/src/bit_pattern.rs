//! Where each token stands in a sequence, as bits: what comparisons of 64 tokens at once need.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// How many positions a word of bits has.
pub(crate) const BITS: usize = 64;

/// The positions of each token of a sequence. Takes a few bytes for each token, however many words
/// of bits the sequence has and however many different tokens.
#[derive(Debug)]
pub(crate) struct BitPattern {
    /// Words of bits that have the token, by the numbers of tokens: `(word, bits)`.
    masks: Vec<Vec<(usize, u64)>>,
    length: usize,
}

impl BitPattern {
    /// Of a sequence of numbers of tokens.
    pub fn new(tokens: impl ExactSizeIterator<Item = u32>) -> Self {
        let length = tokens.len();
        let mut masks: Vec<Vec<(usize, u64)>> = vec![];
        for (position, token) in tokens.enumerate() {
            let (token, word, bit) = (token as usize, position / BITS, 1 << (position % BITS));
            if token >= masks.len() {
                masks.resize(token + 1, vec![]);
            }
            match masks[token].last_mut() {
                Some((last, bits)) if *last == word => *bits |= bit,
                _ => masks[token].push((word, bit)),
            }
        }
        Self { masks, length }
    }

    /// How many words of bits the positions fill.
    pub fn n_words(&self) -> usize {
        self.length.div_ceil(BITS)
    }

    /// The words of bits that have `token`.
    pub fn masks(&self, token: u32) -> &[(usize, u64)] {
        self.masks.get(token as usize).map_or(&[], Vec::as_slice)
    }
}

/// Numbers in place of the tokens of two sequences, equal ones for equal tokens.
pub(crate) fn number<T: Hash + Eq>(
    a: impl IntoIterator<Item = T>,
    b: impl IntoIterator<Item = T>,
) -> (Vec<u32>, Vec<u32>) {
    let mut known: FxHashMap<T, u32> = FxHashMap::default();
    let mut number = |token| {
        let next = known.len() as u32;
        *known.entry(token).or_insert(next)
    };
    (a.into_iter().map(&mut number).collect(), b.into_iter().map(&mut number).collect())
}
