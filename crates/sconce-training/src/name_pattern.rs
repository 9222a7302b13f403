//! Patterns of parameter names.

use sconce_ops::{Param, ParamStore};
use sconce_text_pipeline::nearest;

use crate::error::{Error, Result};

/// How many names an error offers.
const OFFERED: usize = 3;

/// The parameters that a pattern names: that of this name, those in the scope of this name, and `*`
/// stands for any text. `encoder` and `*.bias` and `bert.encoder.layer.0` are patterns.
///
/// # Errors
/// If it names none; the message offers near names.
pub(crate) fn named(pattern: &str, store: &ParamStore) -> Result<Vec<Param>> {
    let params = store.params();
    let found: Vec<Param> =
        params.iter().filter(|param| is_named(pattern, param.name())).cloned().collect();
    if found.is_empty() {
        return Err(Error::UnknownParameter {
            pattern: pattern.into(),
            hint: hint(pattern, &params),
        });
    }
    Ok(found)
}

/// Whether a pattern is the name, or names a scope that holds it.
pub(crate) fn is_named(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    // What is left of the pattern and of the name after the last `*`.
    let mut star: Option<(usize, usize)> = None;
    let (mut p, mut n) = (0, 0);
    loop {
        if p == pattern.len() && (n == name.len() || name[n] == b'.') {
            return true;
        }
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, n));
        } else if n < name.len() && pattern.get(p) == Some(&name[n]) {
            (p, n) = (p + 1, n + 1);
        } else {
            match star.filter(|&(_, from)| from < name.len()) {
                // The star takes one byte more.
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (p, n) = (after, from + 1);
                }
                None => return false,
            }
        }
    }
}

/// Near names, else the outermost scopes.
fn hint(pattern: &str, params: &[Param]) -> String {
    let mut names: Vec<&str> = params.iter().map(Param::name).collect();
    let mut near = Vec::new();
    while near.len() < OFFERED
        && let Some(name) = nearest(pattern, names.iter().copied())
    {
        names.retain(|other| *other != name);
        near.push(format!("\"{name}\""));
    }
    match near.split_first() {
        Some((nearest, [])) => return format!("did you mean {nearest}?"),
        Some((nearest, more)) => {
            return format!("did you mean {nearest}? (or {})", more.join(", "));
        }
        None => {}
    }
    let mut scopes: Vec<&str> = names.iter().filter_map(|name| name.split('.').next()).collect();
    scopes.dedup();
    format!("they are in {}", scopes.join(", "))
}

#[cfg(test)]
mod tests;
