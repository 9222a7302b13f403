//! Cutting by a regular expression, which matches either the words or what stands between them.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::Token;
use crate::error::{Result, WordsError};

/// A regular expression that says where words are.
///
/// The syntax is that of the `regex` crate: nearly Python's, without look-around and without
/// references to groups, so that no pattern takes more than linear time on any text.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Pattern {
    regex: Regex,
    splits: bool,
}

/// The form in files.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Pattern", deny_unknown_fields)]
struct Plain {
    pattern: String,
    splits: bool,
}

impl Pattern {
    /// Every match is a word, as in Python's `re.findall` of a pattern without groups: groups only
    /// group. Empty matches are none.
    ///
    /// # Errors
    /// If the pattern is not a regular expression, or a very large one.
    pub fn of_words(pattern: &str) -> Result<Self> {
        Self::new(pattern, false)
    }

    /// Every match separates two words, as in Python's `re.split` of a pattern without groups. Empty
    /// words are left out.
    ///
    /// # Errors
    /// As [`of_words`](Self::of_words).
    pub fn of_separators(pattern: &str) -> Result<Self> {
        Self::new(pattern, true)
    }

    fn new(pattern: &str, splits: bool) -> Result<Self> {
        let regex = Regex::new(pattern).map_err(|error| {
            // The message draws the pattern over several lines; the last one says what is wrong.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason).to_owned();
            WordsError::InvalidPattern { pattern: pattern.to_owned(), reason }
        })?;
        Ok(Self { regex, splits })
    }

    /// The regular expression.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// Whether it matches separators, not words.
    pub fn splits(&self) -> bool {
        self.splits
    }

    pub(super) fn for_each_token<'a>(&self, text: &'a str, mut f: impl FnMut(Token<'a>)) {
        let mut emit = |start, end| {
            if start < end {
                f(Token::slice(text, start, end));
            }
        };
        if !self.splits {
            return self.regex.find_iter(text).for_each(|word| emit(word.start(), word.end()));
        }
        let mut start = 0;
        for separator in self.regex.find_iter(text) {
            emit(start, separator.start());
            start = separator.end();
        }
        emit(start, text.len());
    }
}

impl TryFrom<Plain> for Pattern {
    type Error = crate::error::Error;

    fn try_from(plain: Plain) -> Result<Self> {
        Self::new(&plain.pattern, plain.splits)
    }
}

impl From<Pattern> for Plain {
    fn from(pattern: Pattern) -> Self {
        Self { pattern: pattern.as_str().to_owned(), splits: pattern.splits }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (self.as_str(), self.splits) == (other.as_str(), other.splits)
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.splits { "of_separators" } else { "of_words" };
        write!(f, "Pattern::{name}({:?})", self.as_str())
    }
}
