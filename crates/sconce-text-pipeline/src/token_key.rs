//! Short tokens as numbers, so that hashing and comparing them takes no branch on their length.
//!
//! Most words have fewer than 16 bytes, and their lengths follow no pattern that a processor could
//! predict. A key holds such a token in 128 bits. Where the text goes on for 16 bytes, as it
//! nearly always does, the key is one load and one mask.

/// The longest token that has a key.
pub(crate) const MAX_LEN: usize = 15;

/// The bytes of a short token from the lowest up, and its length in the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenKey([u64; 2]);

impl TokenKey {
    /// Stands in a table for a token that is too long: no token has this key.
    pub(crate) const LONG: Self = Self([u64::MAX; 2]);

    /// The key of a token, if it is short.
    #[inline]
    pub(crate) fn of(token: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes
            .get_mut(..token.len())
            .filter(|_| token.len() <= MAX_LEN)?
            .copy_from_slice(token.as_bytes());
        Some(Self::new(u128::from_le_bytes(bytes), token.len()))
    }

    /// The key of `text[start..end]`, if it is short and 16 bytes can be read from its start.
    #[inline]
    pub(crate) fn within(text: &str, start: usize, end: usize) -> Option<Self> {
        let length = end - start;
        let bytes =
            text.as_bytes().get(start..)?.first_chunk::<16>().filter(|_| length <= MAX_LEN)?;
        let mask = (1_u128 << (8 * length)) - 1;
        Some(Self::new(u128::from_le_bytes(*bytes) & mask, length))
    }

    #[inline]
    fn new(bytes: u128, length: usize) -> Self {
        let all = bytes | (length as u128) << (8 * MAX_LEN);
        Self([all as u64, (all >> 64) as u64])
    }

    /// Calls `f` with the text of the token.
    pub(crate) fn with_text<T>(self, f: impl FnOnce(&str) -> T) -> T {
        let all = u128::from(self.0[0]) | u128::from(self.0[1]) << 64;
        let (bytes, length) = (all.to_le_bytes(), (all >> (8 * MAX_LEN)) as usize);
        let text = bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        f(text.unwrap_or_default())
    }

    /// Whether the token is ASCII.
    #[inline]
    pub(crate) fn is_ascii(self) -> bool {
        (self.0[0] | self.0[1]) & HIGH_BITS == 0
    }

    /// The key of the token in lower case, for an ASCII token.
    #[inline]
    pub(crate) fn to_ascii_lowercase(self) -> Self {
        Self(self.0.map(lower))
    }

    /// Folded multiplication: every bit of the key reaches every bit of the hash.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        let a = self.0[0] ^ 0x9E37_79B9_7F4A_7C15;
        let b = self.0[1] ^ 0xD1B5_4A32_D192_ED03;
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    }
}

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

/// Eight ASCII bytes at once: a byte's high bit tells that it is `A` or more, and not over `Z`.
#[inline]
fn lower(eight: u64) -> u64 {
    let from_a = eight + ONES * u64::from(0x80 - b'A');
    let over_z = eight + ONES * u64::from(0x7F - b'Z');
    eight | ((from_a & !over_z & HIGH_BITS) >> 2)
}

#[cfg(test)]
mod tests;
