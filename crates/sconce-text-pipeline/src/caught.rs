//! Panics of libraries and of callers' functions as errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a function returns, or in one line what its panic says. Whatever a panic may have left half
/// changed must not be used again.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        said.replace('\n', " ")
    })
}
