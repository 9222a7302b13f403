//! Tokens to ids and back, with the semantics of torchtext's `Vocab`.

mod change;
mod file;
mod torch_file;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::pre_tokenizer::bytes;
use crate::token_counts::TokenCounts;
use crate::token_index::TokenIndex;
use crate::token_key::TokenKey;

/// Which tokens a vocabulary keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VocabularyOptions {
    /// A token must occur this often; 1 by default.
    pub min_freq: u64,
    /// The most tokens, specials included; no limit by default.
    pub max_tokens: Option<usize>,
    /// Tokens that are there whatever the text; `<pad>` and `<unk>` by default.
    pub specials: Vec<String>,
    /// Whether the specials get the first ids, as by default, or the last.
    pub special_first: bool,
}

impl Default for VocabularyOptions {
    fn default() -> Self {
        Self {
            min_freq: 1,
            max_tokens: None,
            specials: vec![Vocabulary::PAD.to_owned(), Vocabulary::UNK.to_owned()],
            special_first: true,
        }
    }
}

/// A list of different tokens; the id of a token is its place in the list.
///
/// ```
/// use sconce_text_pipeline::{TokenCounts, Vocabulary, VocabularyOptions};
///
/// let counts: TokenCounts = ["b", "c", "b", "a"].into_iter().collect();
/// let vocabulary = Vocabulary::build(&counts, &VocabularyOptions::default())?;
/// assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), ["<pad>", "<unk>", "b", "a", "c"]);
/// assert_eq!(vocabulary.lookup_ids(&["c", "b"])?, [4, 2]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    index: TokenIndex,
    default_id: Option<u32>,
}

impl Vocabulary {
    /// The token that fills up short rows.
    pub const PAD: &'static str = "<pad>";
    /// The token that stands for those outside the vocabulary.
    pub const UNK: &'static str = "<unk>";

    /// The counted tokens by falling count, those of one count by their code points.
    ///
    /// As torchtext's `build_vocab_from_iterator`: a special token that occurs in the text takes a
    /// place under `max_tokens` twice. No default id is set.
    ///
    /// # Errors
    /// If the special tokens leave no room under `max_tokens`, or one is there twice.
    pub fn build(counts: &TokenCounts, options: &VocabularyOptions) -> Result<Self> {
        let mut counted: Vec<(&str, u64)> = counts.iter().collect();
        counted.retain(|(_, n)| *n >= options.min_freq);
        counted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        Self::of_counted(counted, options)
    }

    /// The counted tokens in the order in which they were counted first, as torchtext's `vocab`
    /// takes an ordered dictionary; `max_tokens` keeps the first ones.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn from_counts(counts: &TokenCounts, options: &VocabularyOptions) -> Result<Self> {
        let mut counted: Vec<(&str, u64)> = counts.iter().collect();
        counted.retain(|(_, n)| *n >= options.min_freq);
        Self::of_counted(counted, options)
    }

    fn of_counted(kept: Vec<(&str, u64)>, options: &VocabularyOptions) -> Result<Self> {
        let n_specials = options.specials.len();
        let room = match options.max_tokens {
            Some(max_tokens) if max_tokens <= n_specials => {
                return Err(Error::VocabularyTooSmall { max_tokens, n_specials });
            }
            Some(max_tokens) => max_tokens - n_specials,
            None => usize::MAX,
        };
        let is_special = |token: &str| options.specials.iter().any(|special| special == token);
        let words = kept.into_iter().take(room).map(|(token, _)| token);
        let words = words.filter(|token| !is_special(token));
        let specials = options.specials.iter().map(String::as_str);
        match options.special_first {
            true => Self::from_tokens(specials.chain(words)),
            false => Self::from_tokens(words.chain(specials)),
        }
    }

    /// The tokens with ids from zero in their order. A token given twice is an error.
    pub fn from_tokens<S: AsRef<str>>(tokens: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut vocabulary = Self::default();
        for token in tokens {
            vocabulary.append_token(token.as_ref())?;
        }
        Ok(vocabulary)
    }

    /// All words of [`PreTokenizer::Bytes`](crate::PreTokenizer::Bytes) behind special tokens, so
    /// that no text is unknown.
    ///
    /// # Errors
    /// If a special token is there twice, or is a byte.
    pub fn of_bytes<S: AsRef<str>>(specials: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut vocabulary = Self::from_tokens(specials)?;
        for byte in 0..=u8::MAX {
            vocabulary.append_token(&bytes::name(byte))?;
        }
        Ok(vocabulary)
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a token is there; the default id plays no part.
    pub fn contains(&self, token: &str) -> bool {
        self.id(token).is_some()
    }

    /// The id of a token; the default id plays no part.
    #[inline]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.index.id(token)
    }

    /// The token with an id.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.index.token(id)
    }

    /// All tokens in the order of their ids.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = &str> {
        self.index.iter()
    }

    /// All tokens with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.index.iter().zip(0..)
    }

    /// The id of a token, or the default id for one that is not there.
    #[inline]
    pub fn id_or_default(&self, token: &str) -> Option<u32> {
        self.index.id(token).or(self.default_id)
    }

    /// Like [`id_or_default`](Self::id_or_default), for a token whose key is there already.
    #[inline]
    pub(crate) fn id_of_key_or_default(&self, key: TokenKey) -> Option<u32> {
        self.index.id_of_key(key).or(self.default_id)
    }

    /// The ids of tokens. One that is not there gets the default id, and without one is an error.
    pub fn lookup_ids<S: AsRef<str>>(&self, tokens: &[S]) -> Result<Vec<u32>> {
        let lookup = |token: &S| {
            let token = token.as_ref();
            self.id_or_default(token)
                .ok_or_else(|| Error::OutOfVocabulary { token: token.to_owned() })
        };
        tokens.iter().map(lookup).collect()
    }

    /// The tokens with these ids.
    pub fn lookup_tokens(&self, ids: &[u32]) -> Result<Vec<&str>> {
        let lookup = |id: &u32| self.token(*id).ok_or_else(|| self.unknown_id(*id));
        ids.iter().map(lookup).collect()
    }

    /// The id of tokens that are not there, if there is one.
    pub fn default_id(&self) -> Option<u32> {
        self.default_id
    }

    /// Sets or removes the id of tokens that are not there.
    pub fn set_default_id(&mut self, id: Option<u32>) -> Result<()> {
        match id {
            Some(id) if id as usize >= self.len() => Err(self.unknown_id(id)),
            _ => {
                self.default_id = id;
                Ok(())
            }
        }
    }

    /// Adds a token with the next id, which it returns.
    pub fn append_token(&mut self, token: &str) -> Result<u32> {
        match self.index.get_or_add(token) {
            (id, true) => Ok(id),
            (id, false) => Err(Error::DuplicateToken { token: token.to_owned(), id }),
        }
    }

    /// Adds a token at `position`; the ids from there on move up by one.
    ///
    /// As in torchtext the default id stays the number it was.
    pub fn insert_token(&mut self, token: &str, position: u32) -> Result<()> {
        if let Some(id) = self.id(token) {
            return Err(Error::DuplicateToken { token: token.to_owned(), id });
        }
        let place = position as usize;
        if place > self.len() {
            return Err(Error::TokenPosition { position, len: self.len() });
        }
        let tokens = self.tokens().take(place).chain([token]).chain(self.tokens().skip(place));
        let moved = Self::from_tokens(tokens)?;
        self.index = moved.index;
        Ok(())
    }

    fn unknown_id(&self, id: u32) -> Error {
        Error::UnknownId { id, len: self.len() }
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.default_id == other.default_id && self.tokens().eq(other.tokens())
    }
}

/// The plain form in JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Vocabulary", deny_unknown_fields)]
struct Plain<T> {
    default_id: Option<u32>,
    tokens: Vec<T>,
}

impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tokens: Vec<&str> = self.tokens().collect();
        Plain { default_id: self.default_id, tokens }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = Plain::<String>::deserialize(deserializer)?;
        let mut vocabulary = Self::from_tokens(plain.tokens).map_err(serde::de::Error::custom)?;
        vocabulary.set_default_id(plain.default_id).map_err(serde::de::Error::custom)?;
        Ok(vocabulary)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod torchtext_tests;
