//! `unsafe` stays in few named files, and each block argues for itself.

use super::source::{occurrences, parts};
use super::{File, Tree};

/// The files that may hold `unsafe`, each with its reason. An entry without `unsafe` is stale.
pub const UNSAFE_FILES: &[(&str, &str)] = &[
    ("crates/sconce/src/candle_threads.rs", "sets a variable of the environment before any thread"),
    ("crates/sconce-embeddings/src/mapped_file.rs", "maps files of word vectors into memory"),
    ("crates/sconce-text-pipeline/src/mapped.rs", "maps token caches into memory"),
    ("crates/sconce-ops/src/gemm.rs", "calls the matrix product, which takes raw pointers"),
    (
        "crates/sconce-ops/src/gemm/few_rows.rs",
        "the product for few rows: tasks write distinct columns of one matrix",
    ),
    ("crates/sconce-ops/src/param_store/file.rs", "maps files of weights into memory"),
];

/// `unsafe` only in the listed files, and every listed file still needs its entry.
pub fn stays_where_it_is_listed(tree: &Tree) -> Vec<String> {
    listed(tree, UNSAFE_FILES)
}

fn listed(tree: &Tree, table: &[(&str, &str)]) -> Vec<String> {
    let mut errors = Vec::new();
    let is_listed = |path: &str| table.iter().any(|(listed, _)| *listed == path);
    let mut used = Vec::new();
    for file in tree.rust_files() {
        let code = parts(&file.text).code;
        let Some((line, _)) = occurrences(&code, "unsafe").first().copied() else { continue };
        used.push(file.path.as_str());
        if !is_listed(&file.path) {
            errors.push(format!(
                "{}:{line}: `unsafe` in a file that UNSAFE_FILES does not list; can it live in one that is?",
                file.path
            ));
        }
    }
    let stale = table.iter().filter(|(path, _)| !used.contains(path));
    errors.extend(
        stale.map(|(path, _)| format!("UNSAFE_FILES lists {path}, which holds no `unsafe`")),
    );
    errors
}

/// Every `unsafe` block and `unsafe impl` has a `// SAFETY:` comment right above its statement.
pub fn is_argued_for(tree: &Tree) -> Vec<String> {
    tree.rust_files().flat_map(unargued).collect()
}

fn unargued(file: &File) -> Vec<String> {
    let parts = parts(&file.text);
    let code: Vec<&str> = parts.code.lines().collect();
    let comments: Vec<&str> = parts.comments.lines().collect();
    let mut errors = Vec::new();
    for (line, at) in occurrences(&parts.code, "unsafe") {
        let after = parts.code[at + "unsafe".len()..].trim_start();
        let needs_argument = after.starts_with('{') || after.starts_with("impl");
        if needs_argument && !has_argument(&code, &comments, line - 1) {
            errors.push(format!(
                "{}:{line}: put `// SAFETY:` and the argument right above this `unsafe`",
                file.path
            ));
        }
    }
    errors
}

/// Walks up from a line over the rest of its statement, then over the comment above it.
fn has_argument(code: &[&str], comments: &[&str], line: usize) -> bool {
    let is_safety = |at: usize| comments[at].contains("SAFETY:");
    if is_safety(line) {
        return true;
    }
    for above in (0..line).rev() {
        if is_safety(above) {
            return true;
        }
        let statement_goes_on = {
            let text = code[above].trim();
            let ends = text.ends_with([';', '{', '}']);
            (!text.is_empty() && !ends) || (text.is_empty() && !comments[above].trim().is_empty())
        };
        if !statement_goes_on {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests;
