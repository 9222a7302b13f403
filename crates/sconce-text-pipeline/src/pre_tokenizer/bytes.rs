//! Every byte a word: no text is unknown to a vocabulary of 256 words.

use std::borrow::Cow;

use super::Token;

/// Calls `f` with each byte: ASCII as itself, others as `<0xc3>`.
#[inline]
pub(super) fn for_each_token<'a>(text: &'a str, mut f: impl FnMut(Token<'a>)) {
    for (start, byte) in text.bytes().enumerate() {
        f(match byte.is_ascii() {
            true => Token::slice(text, start, start + 1),
            false => Token { text: Cow::Owned(name(byte)), start, end: start + 1 },
        });
    }
}

/// The word of a byte. The digits are small letters, which no normalizer changes.
pub(crate) fn name(byte: u8) -> String {
    match byte.is_ascii() {
        true => char::from(byte).to_string(),
        false => format!("<0x{byte:02x}>"),
    }
}

/// The text of such words; bytes that make no UTF-8 become U+FFFD, other words stay as they are.
pub(crate) fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut bytes = Vec::new();
    for word in words {
        let digits = word.strip_prefix("<0x").and_then(|word| word.strip_suffix('>'));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if !byte.is_ascii() => bytes.push(byte),
            _ => bytes.extend_from_slice(word.as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
