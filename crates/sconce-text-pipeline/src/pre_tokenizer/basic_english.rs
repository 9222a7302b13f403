//! torchtext's `basic_english` in one pass.
//!
//! The original is a chain of regular expressions over a lower-cased line. Two of its effects are
//! easy to miss: `"` is removed before `<br />` is looked for, so a quote inside the tag does not
//! hide it, and a quote inside a word joins the two halves.

use std::borrow::Cow;

use super::Token;
use super::spaces::{Class, unicode_space_len, with_class, with_unicode_spaces};

/// White space is what Python's `str.split` takes for it: four control characters more than
/// Unicode's.
const CLASSES: [Class; 256] = {
    let table = [Class::Word; 256];
    let table = with_class(table, b"\t\n\x0B\x0C\r\x1C\x1D\x1E\x1F ;:", Class::Space);
    let table = with_class(table, b"'.,()!?", Class::Single);
    let table = with_class(table, b"\"", Class::Dropped);
    with_unicode_spaces(with_class(table, b"<", Class::Lead))
};

#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let class = CLASSES[usize::from(bytes[at])];
        let width = match class {
            Class::Word | Class::Dropped => 0,
            Class::Lead => separator_len(text, at),
            Class::Space | Class::Single => 1,
        };
        if width == 0 {
            at += 1;
            continue;
        }
        if start < at {
            emit_word(text, start, at, &mut f);
        }
        if class == Class::Single {
            f(Token::slice(text, at, at + 1));
        }
        at += width;
        start = at;
    }
    if start < at {
        emit_word(text, start, at, &mut f);
    }
}

/// Emits the word in `start..end` without its quotes, if anything is left of it.
#[inline]
fn emit_word<'a>(text: &'a str, start: usize, end: usize, f: &mut impl FnMut(Token<'a>)) {
    let word = &text[start..end];
    if !word.as_bytes().contains(&b'"') {
        return f(Token { text: Cow::Borrowed(word), start, end });
    }
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
