//! How tags of words say where an entity begins and ends: IOB1 and IOB2 (Tjong Kim Sang and
//! Veenstra, 1999, arXiv:cs/9907006), BIOES, and plain tags without such parts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, nearest};

/// The meaning of the letter before the dash of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagScheme {
    /// Tags are names, each for itself: parts of speech.
    Plain,
    /// `I-` in an entity, `B-` only where it follows one of its type at once (CoNLL-2003's files).
    /// Any order of `B-`, `I-` and `O` has a meaning.
    Iob1,
    /// `B-` where an entity begins, `I-` inside (IOB2).
    Bio,
    /// Like `Bio`, with `E-` for the last word and `S-` for the only one; `L-` and `U-` (BILOU)
    /// are read as these.
    Bioes,
}

/// Words that are one entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagSpan<'a> {
    /// The first word.
    pub start: usize,
    /// One past the last word.
    pub end: usize,
    /// What it is.
    pub label: &'a str,
}

/// The tag of a word outside of any entity.
const OUTSIDE: &str = "O";

impl TagScheme {
    const NAMES: &'static [&'static str] = &["plain", "iob1", "bio", "bioes"];

    /// The scheme that the tags of a data set follow.
    ///
    /// Tags are [`Plain`](Self::Plain) unless each is `O` or a letter, a dash and a name. Of
    /// those, `E-` or `S-` mean BIOES; an `I-` that begins an entity means IOB1, unless there is
    /// a `B-` that IOB1 has no need for: then it is BIO, and that `I-` a mistake.
    pub fn detect<'a, S: AsRef<str> + 'a>(sentences: impl IntoIterator<Item = &'a [S]>) -> Self {
        let (mut has_ends, mut has_stray_i, mut has_plain_b) = (false, false, false);
        let mut has_entity = false;
        for tags in sentences {
            let mut before = None;
            for tag in tags {
                let parts = match split(tag.as_ref()) {
                    Some(parts) => Some(parts),
                    None if tag.as_ref() == OUTSIDE => None,
                    None => return Self::Plain,
                };
                has_entity |= parts.is_some();
                let follows = parts.is_some_and(|(_, label)| before == Some(label));
                match parts {
                    Some(('B', _)) => has_plain_b |= !follows,
                    Some(('I', _)) => has_stray_i |= !follows,
                    Some(_) => has_ends = true,
                    None => {}
                }
                before = parts.map(|(_, label)| label);
            }
        }
        match (has_entity, has_ends, has_stray_i, has_plain_b) {
            (false, ..) => Self::Plain,
            (_, true, ..) => Self::Bioes,
            (_, _, true, false) => Self::Iob1,
            _ => Self::Bio,
        }
    }

    /// The entities of a sentence; plain tags have none.
    ///
    /// # Errors
    /// If the tags are not of this scheme; the word and its tag are named.
    pub fn spans<S: AsRef<str>>(self, tags: &[S]) -> Result<Vec<TagSpan<'_>>> {
        let mut spans: Vec<TagSpan<'_>> = Vec::new();
        if self == Self::Plain {
            return Ok(spans);
        }
        // Whether the last span may go on: its end is the word before, and nothing closed it.
        let mut is_open = false;
        for (word, tag) in tags.iter().enumerate() {
            let tag = tag.as_ref();
            let wrong = |reason| Error::InvalidTag { word, tag: tag.to_owned(), reason };
            let is_unfinished = is_open && self == Self::Bioes;
            if tag == OUTSIDE {
                if is_unfinished {
                    return Err(wrong("comes before the entity has its E- tag"));
                }
                is_open = false;
                continue;
            }
            let (letter, label) = split(tag).ok_or_else(|| wrong("is neither O nor B-NAME"))?;
            let goes_on = is_open && spans.last().is_some_and(|span| span.label == label);
            let begins = match (self, letter) {
                (Self::Bio | Self::Iob1, 'E' | 'S') => {
                    return Err(wrong("is a tag of BIOES, not of this scheme"));
                }
                (Self::Bioes, 'B' | 'S') if is_unfinished => {
                    return Err(wrong("comes before the entity has its E- tag"));
                }
                (Self::Iob1, 'I') => !goes_on,
                (_, 'I' | 'E') if !goes_on => {
                    return Err(wrong("does not follow a tag of its entity"));
                }
                (_, 'I' | 'E') => false,
                _ => true,
            };
            match spans.last_mut().filter(|_| !begins) {
                Some(span) => span.end = word + 1,
                None => spans.push(TagSpan { start: word, end: word + 1, label }),
            }
            is_open = !matches!(letter, 'E' | 'S');
        }
        if is_open && self == Self::Bioes {
            let word = tags.len() - 1;
            let tag = tags[word].as_ref().to_owned();
            let reason = "ends the sentence before the entity has its E- tag";
            return Err(Error::InvalidTag { word, tag, reason });
        }
        Ok(spans)
    }

    /// The tags of the same entities in another scheme. Plain tags stay as they are.
    ///
    /// # Errors
    /// If the tags are not of this scheme, or one of the two is plain and the other is not.
    pub fn convert<S: AsRef<str>>(self, tags: &[S], to: Self) -> Result<Vec<String>> {
        if (self == Self::Plain) != (to == Self::Plain) {
            return Err(Error::NoConversion { from: self.name(), to: to.name() });
        }
        if self == Self::Plain {
            return Ok(tags.iter().map(|tag| tag.as_ref().to_owned()).collect());
        }
        Ok(to.tags(&self.spans(tags)?, tags.len()))
    }

    /// The tags of `n_words` words with these entities, which are in order and apart.
    pub fn tags(self, spans: &[TagSpan<'_>], n_words: usize) -> Vec<String> {
        let mut tags = vec![OUTSIDE.to_owned(); n_words];
        for (place, span) in spans.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| spans.get(before));
            let touches = before.is_some_and(|b| b.end == span.start && b.label == span.label);
            let words = tags.iter_mut().enumerate().take(span.end).skip(span.start);
            for (word, tag) in words {
                let (is_first, is_last) = (word == span.start, word + 1 == span.end);
                let letter = match (self, is_first, is_last) {
                    (Self::Bioes, true, true) => 'S',
                    (Self::Bioes, false, true) => 'E',
                    (Self::Iob1, true, _) if !touches => 'I',
                    (_, true, _) => 'B',
                    _ => 'I',
                };
                *tag = format!("{letter}-{}", span.label);
            }
        }
        tags
    }

    /// Its name, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Iob1 => "iob1",
            Self::Bio => "bio",
            Self::Bioes => "bioes",
        }
    }
}

/// The letter and the name of a tag; `L` and `U` count as `E` and `S`.
fn split(tag: &str) -> Option<(char, &str)> {
    let (letter, label) = tag.split_once('-')?;
    let letter = match letter {
        "B" => 'B',
        "I" => 'I',
        "E" | "L" => 'E',
        "S" | "U" => 'S',
        _ => return None,
    };
    (!label.is_empty()).then_some((letter, label))
}

impl fmt::Display for TagScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TagScheme {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "plain" => Ok(Self::Plain),
            "iob1" => Ok(Self::Iob1),
            "bio" | "iob2" => Ok(Self::Bio),
            "bioes" | "iobes" | "bilou" => Ok(Self::Bioes),
            _ => Err(Error::UnknownName {
                kind: "tag scheme",
                name: name.to_owned(),
                known: Self::NAMES,
                nearest: nearest(name, Self::NAMES.iter().copied()),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
