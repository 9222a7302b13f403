//! torchtext's `basic_english` in one pass.
//!
//! The original is a chain of regular expressions over a lower-cased line. Two of its effects are
//! easy to miss: `"` is removed before `<br />` is looked for, so a quote inside the tag does not
//! hide it, and a quote inside a word joins the two halves.

use std::borrow::Cow;

use super::Token;
use super::scan::{for_each_candidate, may_start_unicode_space, unicode_space_len};

/// What a byte that may end a word is. Looked up, since branches on it would be mispredicted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word after all.
    Letter,
    /// A separator of one byte.
    Space,
    /// A word of its own.
    Mark,
    /// `"`, which is removed.
    Quote,
    /// Perhaps the first byte of a longer separator.
    Lead,
}

const CLASSES: [Class; 256] = {
    let mut table = [Class::Letter; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'\'' | b'.' | b',' | b'(' | b')' | b'!' | b'?' => Class::Mark,
            // Python's white space: four control characters more than Unicode's.
            b'\t'..=b'\r' | 0x1C..=b' ' | b';' | b':' => Class::Space,
            b'"' => Class::Quote,
            b'<' | 0x80.. => Class::Lead,
            _ => Class::Letter,
        };
        byte += 1;
    }
    table
};

#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut has_quotes = false;
    for_each_candidate(bytes, may_end_word, |at| {
        // Inside a separator that was found at its first byte.
        if at < start {
            return;
        }
        let class = CLASSES[usize::from(bytes[at])];
        let width = match class {
            Class::Space | Class::Mark => 1,
            Class::Lead => separator_len(text, at),
            Class::Letter | Class::Quote => 0,
        };
        has_quotes |= class == Class::Quote;
        if width == 0 {
            return;
        }
        if start < at {
            emit_word(text, start, at, has_quotes, &mut f);
        }
        if class == Class::Mark {
            f(Token::slice(text, at, at + 1));
        }
        start = at + width;
        has_quotes = false;
    });
    if start < bytes.len() {
        emit_word(text, start, bytes.len(), has_quotes, &mut f);
    }
}

/// A test that lets few bytes through in vain, and compares little.
#[inline(always)]
fn may_end_word(byte: u8) -> bool {
    byte <= b'.' || matches!(byte, b':'..=b'?') || may_start_unicode_space(byte)
}

/// Emits the word in `start..end` without its quotes, if anything is left of it.
#[inline]
fn emit_word<'a>(
    text: &'a str,
    start: usize,
    end: usize,
    has_quotes: bool,
    f: &mut impl FnMut(Token<'a>),
) {
    if !has_quotes {
        return f(Token::slice(text, start, end));
    }
    let word = &text[start..end];
    let kept = word.trim_matches('"');
    if kept.is_empty() {
        return;
    }
    let start = start + (word.len() - word.trim_start_matches('"').len());
    let text = match kept.contains('"') {
        true => Cow::Owned(kept.replace('"', "")),
        false => Cow::Borrowed(kept),
    };
    f(Token { text, start, end: start + kept.len() });
}

/// The length of the separator that starts with a non-ASCII byte or `<`, or zero.
fn separator_len(text: &str, at: usize) -> usize {
    match text.as_bytes()[at] {
        b'<' => line_break_len(&text.as_bytes()[at..]),
        _ => unicode_space_len(text, at),
    }
}

/// The length of `<br />` in any case, with any quotes in it, or zero.
fn line_break_len(bytes: &[u8]) -> usize {
    let mut wanted = b"<br />".iter();
    let mut next = wanted.next();
    for (i, byte) in bytes.iter().enumerate() {
        match next {
            Some(expected) if byte.eq_ignore_ascii_case(expected) => next = wanted.next(),
            Some(_) if *byte == b'"' => {}
            _ => return 0,
        }
        if next.is_none() {
            return i + 1;
        }
    }
    0
}
