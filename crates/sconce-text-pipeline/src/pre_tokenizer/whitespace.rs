//! Cutting at white space.

use super::Token;
use super::scan::{for_each_candidate, may_start_unicode_space, unicode_space_len};

#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    let mut start = 0;
    let bytes = text.as_bytes();
    for_each_candidate(
        bytes,
        |byte| byte <= b' ' || may_start_unicode_space(byte),
        |at| {
            let width = match bytes[at] {
                b'\t'..=b'\r' | b' ' => 1,
                byte if byte.is_ascii() => 0,
                _ => unicode_space_len(text, at),
            };
            if width == 0 {
                return;
            }
            if start < at {
                f(Token::slice(text, start, at));
            }
            start = at + width;
        },
    );
    if start < bytes.len() {
        f(Token::slice(text, start, bytes.len()));
    }
}
