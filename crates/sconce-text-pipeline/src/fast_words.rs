//! Cuts a text where the normalizer and the pre-tokenizer of a `tokenizer.json` cannot see across,
//! at the speed of a scan.
//!
//! A chunk is nearly always one word with the space before it. What the two steps make of a text is
//! what they make of its chunks, one after the other; so whoever has seen a chunk need not run them
//! again. Where a configuration is not known to have this property there is no [`FastWords`], and
//! where a place of a text is doubtful it is not cut: chunks may be longer than a word, never
//! shorter.

mod bert;
mod byte_level;
mod classes;
mod plain;
mod spaces;
mod steps;
mod word_runs;

use tokenizers::{NormalizerWrapper, PreTokenizedString, PreTokenizerWrapper};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use plain::Plain;
use steps::{Kind, Steps};

/// A part of a text that is normalized and cut into words by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk<'t> {
    pub(crate) text: &'t str,
    /// Its first byte in the whole text.
    pub(crate) start: usize,
    /// Whether the text begins with it and the beginning of a text is treated in a way of its own:
    /// the same chunk may be other words elsewhere.
    pub(crate) is_first: bool,
}

/// A normalizer and a pre-tokenizer whose work can be done chunk by chunk.
#[derive(Debug)]
pub(crate) struct FastWords {
    kind: Kind,
    plain: Plain,
    /// What is done to the first chunk of a text, and to the others if that is something else.
    first: Steps,
    rest: Option<Steps>,
}

impl FastWords {
    /// None if these two are not known to work chunk by chunk.
    pub(crate) fn new(
        normalizer: Option<&NormalizerWrapper>,
        pre_tokenizer: Option<&PreTokenizerWrapper>,
    ) -> Option<Self> {
        let first = Steps::new(normalizer.cloned(), pre_tokenizer.cloned());
        let kind = Kind::of(&first)?;
        let rest = first.after_the_first(&kind);
        let plain = Plain::new(rest.as_ref().unwrap_or(&first));
        Some(Self { kind, plain, first, rest })
    }

    /// Whether all chunks of a text are one word: there is no pre-tokenizer that cuts.
    ///
    /// The model then sees chunks as a whole, and it depends on the model whether it may be shown
    /// them one by one.
    pub(crate) fn is_one_word(&self) -> bool {
        self.kind.is_one_word
    }

    /// The same, cut at spaces only, so that no chunk is shorter than what stands between two.
    pub(crate) fn at_spaces_only(mut self) -> Self {
        self.kind.bert = None;
        self.kind.pattern = None;
        self.kind.has_word_runs = false;
        self
    }

    /// Whether the very first word of a text is made in a way of its own, also where running text
    /// begins again after an added token.
    pub(crate) fn knows_the_first_byte(&self) -> bool {
        self.kind.knows_the_first_byte
    }

    /// What the normalizer makes of a chunk.
    pub(crate) fn normalized(&self, chunk: Chunk<'_>) -> tokenizers::Result<String> {
        self.steps(chunk).normalized(chunk.text)
    }

    /// Hands on the chunks of a text from left to right. White space that no word keeps may be in
    /// none of them.
    pub(crate) fn chunks<'t, E>(
        &self,
        text: &'t str,
        mut each: impl FnMut(Chunk<'t>) -> Result<(), E>,
    ) -> Result<(), E> {
        let begins_apart = self.rest.is_some();
        let mut cut = |start: usize, end: usize| {
            let is_first = start == 0 && begins_apart;
            each(Chunk { text: &text[start..end], start, is_first })
        };
        let kind = &self.kind;
        let is_whole = (kind.trims && !self.plain.has_plain_ends(text))
            || (kind.has_charsmap && !self.plain.has_plain_start(text));
        if is_whole {
            return cut(0, text.len());
        }
        if let Some(bert) = kind.bert {
            return bert::chunks(text, bert, cut);
        }
        if kind.has_word_runs {
            return word_runs::chunks(text, cut);
        }
        match kind.pattern {
            Some((pattern, prefix)) if !kind.has_nfc || is_nfc(text) => {
                byte_level::chunks(text, pattern, prefix, cut)
            }
            _ => spaces::chunks(text, &self.plain, cut),
        }
    }

    /// The words of a chunk, as the two steps make them.
    pub(crate) fn words(&self, chunk: Chunk<'_>) -> tokenizers::Result<PreTokenizedString> {
        self.steps(chunk).words(chunk.text)
    }

    fn steps(&self, chunk: Chunk<'_>) -> &Steps {
        match &self.rest {
            Some(rest) if !chunk.is_first => rest,
            _ => &self.first,
        }
    }
}

/// Whether the text is in this form already, so that bringing it there changes nothing.
fn is_nfc(text: &str) -> bool {
    text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

#[cfg(test)]
mod tests;
