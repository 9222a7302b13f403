//! The border to the `tokenizers` library, which panics on some files that it reads without an
//! error: a post-processor that no text fits, a decoder that is given no token.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a call of the library; its panic becomes an error.
///
/// Nothing that a panic leaves half changed is used again: a tokenizer that is being read is
/// dropped, and one that encodes or decodes changes nothing but a cache that keeps whole entries.
///
/// # Errors
/// The library's own, or what its panic says.
pub(super) fn guard<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> tokenizers::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        Err(format!("the tokenizers library gave up: {said}").into())
    })
}
