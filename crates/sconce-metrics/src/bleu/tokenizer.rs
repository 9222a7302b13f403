//! How BLEU cuts texts into words: the tokenizers of sacreBLEU that need no model.

mod chinese;
mod international;
mod western;

pub(crate) use western::{is_symbol, pad, separate_numbers, unescape};

use std::str::FromStr;

use crate::catalogue::nearest;
use crate::error::{Error, Result, TextError};
use crate::spaces::is_space;

/// The cut of texts into words. Scores of different tokenizers cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BleuTokenizer {
    /// mteval-v13a: for languages with Latin letters, and what is reported by custom.
    #[default]
    V13a,
    /// mteval-v14's international one: any punctuation and any symbol of Unicode is a word.
    Intl,
    /// Chinese characters each alone, the rest as by 13a.
    Zh,
    /// Every character is a word.
    Char,
    /// Words stand between spaces.
    None,
}

impl BleuTokenizer {
    const NAMES: [(&'static str, Self); 5] = [
        ("13a", Self::V13a),
        ("intl", Self::Intl),
        ("zh", Self::Zh),
        ("char", Self::Char),
        ("none", Self::None),
    ];

    /// Its name in sacreBLEU, such as `13a`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |&(name, _)| name)
    }

    /// `text` with spaces between its words.
    ///
    /// ```
    /// use sconce_metrics::BleuTokenizer;
    ///
    /// assert_eq!(BleuTokenizer::V13a.tokenize("It costs $1,000."), "It costs $ 1,000 .");
    /// assert_eq!(BleuTokenizer::Zh.tokenize("我爱Rust"), "我 爱 Rust");
    /// ```
    #[must_use]
    pub fn tokenize(self, text: &str) -> String {
        let words: Vec<String> =
            crate::spaces::words(&self.apply(text, false)).map(str::to_owned).collect();
        words.join(" ")
    }

    /// `text` with at least one space between its words.
    pub(super) fn apply(self, text: &str, lowercase: bool) -> String {
        let lower = lowercase.then(|| text.to_lowercase());
        let text = lower.as_deref().unwrap_or(text).trim_end_matches(is_space);
        match self {
            Self::V13a => western::tokenize(text),
            Self::Intl => international::tokenize(text),
            Self::Zh => chinese::tokenize(text),
            Self::Char => text.chars().flat_map(|c| [c, ' ']).collect(),
            Self::None => text.to_owned(),
        }
    }
}

impl FromStr for BleuTokenizer {
    type Err = Error;

    /// `13a`, `intl`, `zh`, `char` or `none`.
    fn from_str(name: &str) -> Result<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|&(_, tokenizer)| tokenizer).ok_or_else(|| {
            let known: Vec<&'static str> = Self::NAMES.iter().map(|&(name, _)| name).collect();
            let nearest = nearest(name, &known);
            TextError::UnknownTokenizer { name: name.to_owned(), nearest, known }.into()
        })
    }
}

#[cfg(test)]
mod tests;
