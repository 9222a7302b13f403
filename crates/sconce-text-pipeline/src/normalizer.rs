//! Bringing tokens to one written form: Unicode normalization, accents, case.
//!
//! Tokens are cut from the original text first and normalized one by one, so the spans of an
//! encoding always point into the text as it was given.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

use crate::pre_tokenizer::Token;
use crate::token_key::TokenKey;

/// A Unicode normalization form (Unicode Standard Annex 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnicodeForm {
    /// Canonical composition: `e` and a combining acute accent become `é`.
    Nfc,
    /// Compatibility composition: ligatures, full-width letters and the like become plain ones.
    Nfkc,
}

/// How the text of a token is made uniform before it is looked up.
///
/// The steps run in the order of the fields. ASCII text without capitals is never copied.
///
/// ```
/// use sconce_text_pipeline::Normalizer;
///
/// let normalizer = Normalizer { strip_accents: true, ..Normalizer::default() };
/// assert_eq!(normalizer.normalize("Café"), "cafe");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Normalizer {
    /// The Unicode form, if any; none by default.
    pub unicode: Option<UnicodeForm>,
    /// Remove accents, and compose what is left (NFC); off by default.
    ///
    /// An accent is a mark placed above, below or on a base letter (combining class 200 and up).
    /// Marks that make another letter, such as Japanese voicing marks or Indic vowel signs, stay.
    pub strip_accents: bool,
    /// Map to lower case; on by default.
    pub lowercase: bool,
}

impl Default for Normalizer {
    fn default() -> Self {
        Self { unicode: None, strip_accents: false, lowercase: true }
    }
}

impl Normalizer {
    /// The normalizer that changes nothing.
    pub const IDENTITY: Self = Self { unicode: None, strip_accents: false, lowercase: false };

    /// The normalized text; borrowed when nothing changes.
    pub fn normalize<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.is_ascii() {
            return match self.lowercase && has_ascii_capital(text) {
                true => Cow::Owned(text.to_ascii_lowercase()),
                false => Cow::Borrowed(text),
            };
        }
        self.normalize_unicode(text)
    }

    /// Like [`normalize`](Self::normalize), with a buffer to reuse in place of an allocation.
    #[inline]
    pub fn normalize_with<'a>(&self, text: &'a str, buffer: &'a mut String) -> &'a str {
        if text.is_ascii() {
            if !self.lowercase || !has_ascii_capital(text) {
                return text;
            }
            buffer.clear();
            buffer.push_str(text);
            buffer.make_ascii_lowercase();
            return buffer;
        }
        match self.normalize_unicode(text) {
            Cow::Borrowed(same) => same,
            Cow::Owned(changed) => {
                *buffer = changed;
                buffer
            }
        }
    }

    /// The key of a token of `text` as normalized, if that can be told without looking at its
    /// characters one by one: it must be ASCII, short, and not at the very end of the text.
    #[inline]
    pub(crate) fn key_of(&self, text: &str, token: &Token<'_>) -> Option<TokenKey> {
        if matches!(token.text, Cow::Owned(_)) {
            return None;
        }
        let key = TokenKey::within(text, token.start, token.end).filter(|key| key.is_ascii())?;
        Some(if self.lowercase { key.to_ascii_lowercase() } else { key })
    }

    fn normalize_unicode<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = match self.unicode {
            Some(UnicodeForm::Nfc) if is_nfc_quick(text.chars()) != IsNormalized::Yes => {
                Cow::Owned(text.nfc().collect())
            }
            Some(UnicodeForm::Nfkc) if is_nfkc_quick(text.chars()) != IsNormalized::Yes => {
                Cow::Owned(text.nfkc().collect())
            }
            _ => Cow::Borrowed(text),
        };
        if self.strip_accents && text.nfd().any(is_accent) {
            text = Cow::Owned(text.nfd().filter(|c| !is_accent(*c)).nfc().collect());
        }
        if self.lowercase && text.chars().any(changes_in_lower_case) {
            text = Cow::Owned(text.to_lowercase());
        }
        text
    }
}

/// Folded over all bytes at once: tokens are short, and a branch for each byte costs more.
#[inline]
fn has_ascii_capital(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase())
}

fn is_accent(c: char) -> bool {
    canonical_combining_class(c) >= 200
}

fn changes_in_lower_case(c: char) -> bool {
    let mut lower = c.to_lowercase();
    lower.next() != Some(c) || lower.next().is_some()
}

#[cfg(test)]
mod tests;
