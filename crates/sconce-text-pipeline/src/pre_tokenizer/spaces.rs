//! Cutting at white space, and the table that other scanners share.

use super::Token;

/// What a byte is to a scanner of UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a word.
    Word,
    /// White space or another separator.
    Space,
    /// A word of its own.
    Single,
    /// Dropped without separating.
    Dropped,
    /// Possibly the start of a separator of several bytes.
    Lead,
}

/// Only these bytes start white space outside ASCII.
pub(super) const fn with_unicode_spaces(mut table: [Class; 256]) -> [Class; 256] {
    table[0xC2] = Class::Lead;
    table[0xE1] = Class::Lead;
    table[0xE2] = Class::Lead;
    table[0xE3] = Class::Lead;
    table
}

/// Gives every byte of `bytes` the class.
pub(super) const fn with_class(
    mut table: [Class; 256],
    bytes: &[u8],
    class: Class,
) -> [Class; 256] {
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = class;
        i += 1;
    }
    table
}

const CLASSES: [Class; 256] =
    with_unicode_spaces(with_class([Class::Word; 256], b"\t\n\x0B\x0C\r ", Class::Space));

/// The length in bytes of the white space that starts at `at`, or zero.
pub(super) fn unicode_space_len(text: &str, at: usize) -> usize {
    match text[at..].chars().next() {
        Some(c) if c.is_whitespace() => c.len_utf8(),
        _ => 0,
    }
}

#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let width = match CLASSES[usize::from(bytes[at])] {
            Class::Word => 0,
            Class::Lead => unicode_space_len(text, at),
            _ => 1,
        };
        if width == 0 {
            at += 1;
            continue;
        }
        if start < at {
            f(Token::slice(text, start, at));
        }
        at += width;
        start = at;
    }
    if start < at {
        f(Token::slice(text, start, at));
    }
}
