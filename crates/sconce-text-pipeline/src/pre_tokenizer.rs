//! Cutting text into words, with spans in bytes of the text as it was given.

mod basic_english;
mod kim2014;
pub(crate) mod scan;
mod whitespace;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::error::{Error, Result, nearest};

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// The word; borrowed from the text unless characters inside it were dropped.
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
/// let mut words = Vec::new();
/// PreTokenizer::Kim2014.for_each_token("it isn't bad!", |token| words.push(token.text));
/// assert_eq!(words, ["it", "is", "n't", "bad", "!"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PreTokenizer {
    /// Cut at Unicode white space, and nowhere else.
    Whitespace,
    /// The words of Unicode Standard Annex 29; punctuation is dropped.
    UnicodeWords,
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
    /// Every character is a word, white space too: for language models of characters.
    Characters,
}

impl PreTokenizer {
    const NAMES: &'static [&'static str] =
        &["whitespace", "unicode-words", "basic-english", "kim2014", "characters"];

    /// Calls `f` with every word of `text`, from first to last.
    #[inline]
    pub fn for_each_token<'a>(&self, text: &'a str, mut f: impl FnMut(Token<'a>)) {
        match self {
            Self::Whitespace => whitespace::for_each_token(text, f),
            Self::UnicodeWords => text
                .unicode_word_indices()
                .for_each(|(start, word)| f(Token::slice(text, start, start + word.len()))),
            Self::BasicEnglish => basic_english::for_each_token(text, f),
            Self::Kim2014 => kim2014::for_each_token(text, f),
            Self::Characters => text
                .char_indices()
                .for_each(|(start, c)| f(Token::slice(text, start, start + c.len_utf8()))),
        }
    }

    /// What stands between two words, where a text is put together again.
    pub(crate) fn separator(&self) -> &'static str {
        if *self == Self::Characters { "" } else { " " }
    }

    /// The name in configurations and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Whitespace => "whitespace",
            Self::UnicodeWords => "unicode-words",
            Self::BasicEnglish => "basic-english",
            Self::Kim2014 => "kim2014",
            Self::Characters => "characters",
        }
    }
}

impl fmt::Display for PreTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PreTokenizer {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Whitespace, Self::UnicodeWords, Self::BasicEnglish, Self::Kim2014, Self::Characters]
            .into_iter()
            .find(|pre_tokenizer| pre_tokenizer.name() == name)
            .ok_or_else(|| Error::UnknownName {
                kind: "pre-tokenizer",
                name: name.to_owned(),
                known: Self::NAMES,
                nearest: nearest(name, Self::NAMES.iter().copied()),
            })
    }
}

#[cfg(test)]
mod tests;
