//! The sentence cleaning published with Kim 2014 (arXiv:1408.5882), in one pass.
//!
//! The original inserts spaces by a chain of regular expressions. Each of its contractions begins
//! at an apostrophe, or at the `n` before one, so no rule can disturb another and all cuts can be
//! found from left to right. The original also puts a backslash before parentheses, an accident
//! of its replacement strings that is not kept.

use super::Token;
use super::scan::for_each_candidate;

#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for_each_candidate(bytes, may_end_word, |at| {
        let (end, next) = match bytes[at] {
            b'\'' => match contraction_start(bytes, start, at) {
                Some(cut) => (cut, cut),
                None => return,
            },
            _ => (at, at + 1),
        };
        if start < end {
            f(Token::slice(text, start, end));
        }
        if matches!(bytes[at], b',' | b'!' | b'(' | b')' | b'?') {
            f(Token::slice(text, at, at + 1));
        }
        start = next;
    });
    if start < bytes.len() {
        f(Token::slice(text, start, bytes.len()));
    }
}

/// Everything but letters, digits and the backtick.
#[inline(always)]
fn may_end_word(byte: u8) -> bool {
    !(byte.is_ascii_alphanumeric() || byte == b'`')
}

/// Where the contraction with the apostrophe at `at` begins, if it is one, case and all.
#[inline]
fn contraction_start(bytes: &[u8], start: usize, at: usize) -> Option<usize> {
    let after = &bytes[at + 1..];
    if [&b"s"[..], b"ve", b"re", b"d", b"ll"].iter().any(|end| after.starts_with(end)) {
        return Some(at);
    }
    let is_not = after.first() == Some(&b't') && bytes[start..at].last() == Some(&b'n');
    is_not.then(|| at - 1)
}
