//! `--freeze`: parameters that are not trained.

use anyhow::Result;
use sconce_ops::ParamStore;

use crate::failure::usage;
use crate::names::hint;

/// Freezes every parameter that a pattern names.
///
/// # Errors
/// If a pattern names none, or nothing is left to train.
pub fn freeze(patterns: &[String], store: &ParamStore) -> Result<()> {
    let params = store.params();
    for pattern in patterns {
        let mut named = params.iter().filter(|param| matches(pattern, param.name())).peekable();
        if named.peek().is_none() {
            let names: Vec<&str> = params.iter().map(|param| param.name()).collect();
            let hint = hint(pattern, &names);
            return Err(usage(format_args!(
                "--freeze: no parameter is named \"{pattern}\"; {hint}"
            )));
        }
        named.for_each(|param| param.set_trainable(false));
    }
    if params.iter().any(|param| param.is_trainable()) {
        return Ok(());
    }
    Err(usage("--freeze: every parameter is frozen, so nothing would be learned; name fewer"))
}

/// Whether a pattern is the name, or names a scope that holds it; `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let scope = format!("{pattern}.*");
    is_like(pattern.as_bytes(), name.as_bytes()) || is_like(scope.as_bytes(), name.as_bytes())
}

fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skip| is_like(rest, &text[skip..])),
        (Some((p, pattern)), Some((t, text))) => p == t && is_like(pattern, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
