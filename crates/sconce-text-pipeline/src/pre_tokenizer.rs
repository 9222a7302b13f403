//! Cutting text into words, with spans in bytes of the text as it was given.

mod basic_english;
pub(crate) mod bytes;
mod custom;
mod kim2014;
mod moses;
mod name;
mod pattern;
pub(crate) mod scan;
mod whitespace;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

pub use self::custom::Custom;
pub use self::moses::{Moses, MosesLanguage};
pub use self::pattern::Pattern;
use crate::error::Result;

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// The word; borrowed from the text unless characters inside it were dropped or changed.
    pub text: Cow<'a, str>,
    /// The first byte of the word in the text.
    pub start: usize,
    /// The byte after the word.
    pub end: usize,
}

impl<'a> Token<'a> {
    #[inline]
    fn slice(text: &'a str, start: usize, end: usize) -> Self {
        Self { text: Cow::Borrowed(&text[start..end]), start, end }
    }
}

/// How text is cut into words. None of them changes case: the [`Normalizer`](crate::Normalizer)
/// does.
///
/// ```
/// use sconce_text_pipeline::PreTokenizer;
///
/// let words = |pre_tokenizer: PreTokenizer, text: &str| {
///     let mut words = Vec::new();
///     pre_tokenizer.for_each_token(text, |token| words.push(token.text.into_owned()));
///     words
/// };
/// assert_eq!(words(PreTokenizer::Kim2014, "it isn't bad!"), ["it", "is", "n't", "bad", "!"]);
/// assert_eq!(words(PreTokenizer::regex(r"\w+")?, "it isn't bad!"), ["it", "isn", "t", "bad"]);
/// let by_dash = PreTokenizer::custom(|text| text.split('-').collect());
/// assert_eq!(words(by_dash, "well-known"), ["well", "known"]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PreTokenizer {
    /// Cut at Unicode white space, and nowhere else.
    Whitespace,
    /// The words of Unicode Standard Annex 29; punctuation is dropped.
    UnicodeWords,
    /// The same, with punctuation: everything between two word boundaries of that annex is a word,
    /// but for white space.
    UnicodeSegments,
    /// torchtext's `basic_english`: `'.,()!?` are words of their own, `"` is removed, and `;`,
    /// `:` and `<br />` separate.
    ///
    /// Followed by a lower-casing normalizer it gives that function's result, but for a Greek
    /// final sigma before a full stop.
    #[default]
    BasicEnglish,
    /// The cleaning of Kim 2014 (arXiv:1408.5882): only ASCII letters, digits and ``(),!?'` ``
    /// stay; `'s 've n't 're 'd 'll` are split off; `,!()?` are words of their own.
    Kim2014,
    /// Every character (code point) is a word, white space too: for language models of characters.
    Characters,
    /// Every character as a reader sees it (extended grapheme cluster) is a word, white space too.
    Graphemes,
    /// Every byte is a word: ASCII as itself, others as `<0xc3>`. Spans of bytes may cut a
    /// character; [`Vocabulary::of_bytes`](crate::Vocabulary::of_bytes) knows them all.
    Bytes,
    /// The tokenizer of Moses, as `sacremoses` has it.
    Moses(Moses),
    /// Words or separators are what a regular expression matches.
    Regex(Pattern),
    /// A function of the caller, which no file can hold.
    #[serde(skip)]
    Custom(Custom),
}

impl PreTokenizer {
    /// Every match of a regular expression is a word.
    ///
    /// # Errors
    /// If it is none; its syntax is said at [`Pattern`].
    pub fn regex(pattern: &str) -> Result<Self> {
        Pattern::of_words(pattern).map(Self::Regex)
    }

    /// Every match of a regular expression separates words.
    ///
    /// # Errors
    /// As [`regex`](Self::regex).
    pub fn split(pattern: &str) -> Result<Self> {
        Pattern::of_separators(pattern).map(Self::Regex)
    }

    /// A function gives the words, in their order, as slices of the text; the spans follow from
    /// where these lie. Empty words are left out; one that is no slice of the text has an empty
    /// span where the word before it ends.
    ///
    /// A tokenizer with such a function encodes like any other, and cannot be saved.
    pub fn custom(cut: impl for<'a> Fn(&'a str) -> Vec<&'a str> + Send + Sync + 'static) -> Self {
        Self::Custom(Custom::of_slices(cut))
    }

    /// Like [`custom`](Self::custom), for words that are not written in the text as such: the
    /// function says where they stand. A span that does not lie in the text becomes an empty one
    /// at its end.
    pub fn custom_tokens(
        cut: impl for<'a> Fn(&'a str) -> Vec<Token<'a>> + Send + Sync + 'static,
    ) -> Self {
        Self::Custom(Custom::of_tokens(cut))
    }

    /// Calls `f` with every word of `text`, from first to last.
    #[inline]
    pub fn for_each_token<'a>(&self, text: &'a str, mut f: impl FnMut(Token<'a>)) {
        let mut word = |start: usize, word: &str| {
            f(Token::slice(text, start, start + word.len()));
        };
        match self {
            Self::Whitespace => whitespace::for_each_token(text, f),
            Self::BasicEnglish => basic_english::for_each_token(text, f),
            Self::Kim2014 => kim2014::for_each_token(text, f),
            Self::UnicodeWords => text.unicode_word_indices().for_each(|(at, s)| word(at, s)),
            Self::UnicodeSegments => text
                .split_word_bound_indices()
                .filter(|(_, segment)| !segment.chars().all(char::is_whitespace))
                .for_each(|(at, segment)| word(at, segment)),
            Self::Characters => {
                text.char_indices().for_each(|(at, c)| f(Token::slice(text, at, at + c.len_utf8())))
            }
            Self::Graphemes => text.grapheme_indices(true).for_each(|(at, s)| word(at, s)),
            Self::Bytes => bytes::for_each_token(text, f),
            Self::Moses(moses) => moses.for_each_token(text, f),
            Self::Regex(pattern) => pattern.for_each_token(text, f),
            Self::Custom(custom) => custom.for_each_token(text, f),
        }
    }

    /// The text of words, put together again as well as it can be.
    pub(crate) fn join<'a>(&self, words: impl Iterator<Item = &'a str>) -> String {
        match self {
            Self::Bytes => bytes::join(words),
            Self::Characters | Self::Graphemes => words.collect(),
            _ => words.collect::<Vec<_>>().join(" "),
        }
    }
}

#[cfg(test)]
mod tests;
