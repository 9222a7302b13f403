//! The border to the `tokenizers` library, which panics on some files that it reads without an
//! error: a post-processor that no text fits, a decoder that is given no token.

use crate::caught::caught;

/// Runs a call of the library; its panic becomes an error.
///
/// Nothing that a panic leaves half changed is used again: a tokenizer that is being read is
/// dropped, and one that encodes or decodes changes nothing but a cache that keeps whole entries.
///
/// # Errors
/// The library's own, or what its panic says.
pub(super) fn guard<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> tokenizers::Result<T> {
    caught(call)
        .unwrap_or_else(|said| Err(format!("the tokenizers library gave up: {said}").into()))
}
