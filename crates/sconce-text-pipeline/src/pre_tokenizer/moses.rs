//! The word tokenizer of Moses (Koehn et al. 2007, aclanthology.org/P07-2045), as `sacremoses`
//! has it.
//!
//! The original is a chain of substitutions that put spaces around what is to be a word. The same
//! chain runs here over characters that know where in the text they stand, so that each word has
//! its span however it was changed.

mod cells;
mod prefixes;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use self::cells::{Cell, Cells, DOTS};
use super::Token;
use crate::error::{Error, Result, nearest};

/// How Moses' tokenizer cuts; the default is what `sacremoses` does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Moses {
    /// The language, which has its own abbreviations and apostrophes; English by default.
    pub language: MosesLanguage,
    /// Split at hyphens inside words, which become `@-@`; off by default.
    pub aggressive_hyphens: bool,
    /// Write ``& | < > ' " [ ]`` as `&amp;` and so on; on by default.
    pub escape: bool,
}

impl Default for Moses {
    fn default() -> Self {
        Self { language: MosesLanguage::En, aggressive_hyphens: false, escape: true }
    }
}

/// A language of Moses' tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MosesLanguage {
    /// German.
    De,
    /// English: `don 't`.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French: `l' eau`.
    Fr,
    /// Italian, with the apostrophes of French.
    It,
    /// Dutch.
    Nl,
    /// Portuguese.
    Pt,
    /// Russian.
    Ru,
}

impl MosesLanguage {
    const NAMES: &'static [&'static str] = &["de", "en", "es", "fr", "it", "nl", "pt", "ru"];
    const ALL: [Self; 8] =
        [Self::De, Self::En, Self::Es, Self::Fr, Self::It, Self::Nl, Self::Pt, Self::Ru];

    /// Its code in ISO 639-1.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for MosesLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MosesLanguage {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|language| language.name() == name);
        found.ok_or_else(|| Error::UnknownName {
            kind: "language of Moses' tokenizer",
            name: name.to_owned(),
            known: Self::NAMES,
            nearest: nearest(name, Self::NAMES.iter().copied()),
        })
    }
}

impl Moses {
    pub(super) fn for_each_token<'a>(&self, text: &'a str, mut f: impl FnMut(Token<'a>)) {
        let mut cells = Cells::of(text);
        cells.pad_symbols();
        if self.aggressive_hyphens {
            cells.split_hyphens();
        }
        cells.gather_dots();
        cells.split_commas();
        cells.split_apostrophes(self.language);
        cells.split_full_stops(self.language);
        cells.split_last_full_stop();
        for word in cells.words() {
            f(self.token(text, word));
        }
    }

    fn token<'a>(&self, text: &'a str, word: &[Cell]) -> Token<'a> {
        let start = word.first().map_or(0, |cell| cell.at);
        let end = word.last().map_or(0, Cell::end);
        let is_kept = |cell: &Cell| !(self.escape && escaped(cell.c).is_some());
        let dot = |cell: &Cell| if cell.c == DOTS { '.' } else { cell.c };
        if word.iter().all(is_kept) && word.iter().map(dot).eq(text[start..end].chars()) {
            return Token::slice(text, start, end);
        }
        let mut changed = String::with_capacity(word.len());
        for cell in word {
            match escaped(cell.c).filter(|_| self.escape) {
                Some(name) => changed.push_str(name),
                None => changed.push(dot(cell)),
            }
        }
        Token { text: Cow::Owned(changed), start, end }
    }
}

fn escaped(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "&amp;",
        '|' => "&#124;",
        '<' => "&lt;",
        '>' => "&gt;",
        '\'' => "&apos;",
        '"' => "&quot;",
        '[' => "&#91;",
        ']' => "&#93;",
        _ => return None,
    })
}
