//! The sentence cleaning published with Kim 2014 (arXiv:1408.5882), in one pass.
//!
//! The original inserts spaces by a chain of regular expressions. Each of its contractions begins
//! at an apostrophe, or at the `n` before one, so no rule can disturb another and all cuts can be
//! found from left to right. The original also puts a backslash before parentheses, an accident
//! of its replacement strings that is not kept.

use super::Token;
use super::spaces::{Class, with_class};

const CLASSES: [Class; 256] = {
    let table = [Class::Space; 256];
    let table = with_class(table, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", Class::Word);
    let table = with_class(table, b"abcdefghijklmopqrstuvwxyz0123456789`", Class::Word);
    let table = with_class(table, b",!()?", Class::Single);
    with_class(table, b"n'", Class::Lead)
};

/// Contractions that are words of their own, case and all.
const CONTRACTIONS: [&[u8]; 6] = [b"'s", b"'ve", b"n't", b"'re", b"'d", b"'ll"];

#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let class = CLASSES[usize::from(*byte)];
        let cuts = match class {
            Class::Word | Class::Dropped => false,
            Class::Lead => starts_contraction(&bytes[at..]),
            Class::Space | Class::Single => true,
        };
        if !cuts {
            continue;
        }
        if start < at {
            f(Token::slice(text, start, at));
        }
        if class == Class::Single {
            f(Token::slice(text, at, at + 1));
        }
        start = if class == Class::Lead { at } else { at + 1 };
    }
    if start < bytes.len() {
        f(Token::slice(text, start, bytes.len()));
    }
}

#[inline]
fn starts_contraction(bytes: &[u8]) -> bool {
    // Most words have an `n` and few an apostrophe: ask for it first.
    (bytes[0] == b'\'' || bytes.get(1) == Some(&b'\''))
        && CONTRACTIONS.iter().any(|contraction| bytes.starts_with(contraction))
}
