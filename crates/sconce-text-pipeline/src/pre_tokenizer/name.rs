//! The names of pre-tokenizers in configurations and on the command line.

use std::fmt;
use std::str::FromStr;

use super::{Moses, PreTokenizer};
use crate::error::{Error, Result, nearest};

const SIMPLE: [PreTokenizer; 8] = [
    PreTokenizer::Whitespace,
    PreTokenizer::UnicodeWords,
    PreTokenizer::UnicodeSegments,
    PreTokenizer::BasicEnglish,
    PreTokenizer::Kim2014,
    PreTokenizer::Characters,
    PreTokenizer::Graphemes,
    PreTokenizer::Bytes,
];

impl PreTokenizer {
    /// All names but that of a function: those of the simple ones, `moses`, `moses:de`,
    /// `regex:PATTERN` and `split:PATTERN`.
    pub const NAMES: &'static [&'static str] = &[
        "whitespace",
        "unicode-words",
        "unicode-segments",
        "basic-english",
        "kim2014",
        "characters",
        "graphemes",
        "bytes",
        "moses",
        "moses:LANGUAGE",
        "regex:PATTERN",
        "split:PATTERN",
    ];

    /// The name in configurations and on the command line, without what follows a colon.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Whitespace => "whitespace",
            Self::UnicodeWords => "unicode-words",
            Self::UnicodeSegments => "unicode-segments",
            Self::BasicEnglish => "basic-english",
            Self::Kim2014 => "kim2014",
            Self::Characters => "characters",
            Self::Graphemes => "graphemes",
            Self::Bytes => "bytes",
            Self::Moses(_) => "moses",
            Self::Regex(pattern) if pattern.splits() => "split",
            Self::Regex(_) => "regex",
            Self::Custom(_) => "custom",
        }
    }
}

/// What [`FromStr`] reads; the options of Moses other than the language are not written.
impl fmt::Display for PreTokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Moses(moses) => write!(f, ":{}", moses.language),
            Self::Regex(pattern) => write!(f, ":{}", pattern.as_str()),
            _ => Ok(()),
        }
    }
}

impl FromStr for PreTokenizer {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.split_once(':') {
            Some(("regex", pattern)) => return Self::regex(pattern),
            Some(("split", pattern)) => return Self::split(pattern),
            Some(("moses", language)) => {
                return Ok(Self::Moses(Moses { language: language.parse()?, ..Moses::default() }));
            }
            None if name == "moses" => return Ok(Self::Moses(Moses::default())),
            _ => {}
        }
        let found = SIMPLE.into_iter().find(|pre_tokenizer| pre_tokenizer.name() == name);
        found.ok_or_else(|| Error::UnknownName {
            kind: "pre-tokenizer",
            name: name.to_owned(),
            known: Self::NAMES,
            nearest: nearest(name, Self::NAMES.iter().copied()),
        })
    }
}
