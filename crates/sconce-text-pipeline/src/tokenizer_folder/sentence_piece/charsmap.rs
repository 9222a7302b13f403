//! The compiled table of character replacements: checked here, run by the `tokenizers` library.
//!
//! It is the length of a double-array trie in bytes, the trie of 32-bit units, and the texts to
//! put in, each up to a zero byte.

use serde_json::Value;
use tokenizers::normalizers::Precompiled;

/// Tells whether every step in the trie stays in it and every value is the start of a text: the
/// library does not look.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(charsmap: &[u8]) -> Result<(), &'static str> {
    if charsmap.is_empty() {
        return Ok(());
    }
    const CUT: &str = "its table of characters is cut off";
    let (length, rest) = charsmap.split_first_chunk().ok_or(CUT)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (trie, texts) = rest.split_at_checked(length).ok_or(CUT)?;
    let texts = std::str::from_utf8(texts).map_err(|_| "its table of characters is not UTF-8")?;
    let (units, []) = trie.as_chunks() else { return Err(CUT) };
    let units: Vec<u32> = units.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
    let is_sound = |(place, unit): (usize, &u32)| {
        // A value is no step, but the library takes the first unit for one in any case.
        if unit >> 31 == 1 && place > 0 {
            return true;
        }
        let offset = ((unit >> 10) << ((unit & 0x200) >> 6)) as usize;
        let has_value = unit & 0x100 != 0;
        let value = units.get(place ^ offset).map(|value| (value & 0x7FFF_FFFF) as usize);
        (place ^ offset) | 0xFF < units.len()
            && (!has_value || value.is_some_and(|value| texts.is_char_boundary(value)))
    };
    match !units.is_empty() && units.iter().enumerate().all(is_sound) {
        true => Ok(()),
        false => Err("its table of characters leads out of itself"),
    }
}

/// The same for a table as `tokenizer.json` holds it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_base64(text: &str) -> Result<(), &'static str> {
    check(&from_base64(text).ok_or("its table of characters is not base64")?)
}

/// Base64 with padding (RFC 4648); none if it is something else.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let padded = text.as_bytes();
    let n_padding = padded.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let digits = &padded[..padded.len() - n_padding];
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0;
        for digit in group {
            bits = bits << 6 | u32::from(sextet(*digit)?);
        }
        let n_bytes = group.len() * 6 / 8;
        bits <<= 24 - 6 * group.len();
        bytes.extend(&bits.to_be_bytes()[1..=n_bytes]);
    }
    padded.len().is_multiple_of(4).then_some(bytes)
}

fn sextet(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// The normalizer that applies the table; none if there is no table.
pub(super) fn normalizer(charsmap: &[u8]) -> Option<Value> {
    if charsmap.is_empty() {
        return None;
    }
    serde_json::to_value(Precompiled::from(charsmap).ok()?).ok()
}

#[cfg(test)]
mod tests;
