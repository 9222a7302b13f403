//! Rules for Rust files: their first line, their name, their length, what a library must not do.

use super::source::{occurrences, parts, without_test_items};
use super::{File, Tree, is_library};

/// The most lines of a Rust file.
const MAX_LINES: usize = 450;

/// File names that say nothing about what is inside, with what to do instead.
const NAMELESS: &[(&str, &str)] = &[
    ("mod.rs", "name the file after the module and put its children into a folder beside it"),
    ("utils.rs", "name it after the one idea it holds"),
    ("util.rs", "name it after the one idea it holds"),
    ("helpers.rs", "name it after the one idea it holds"),
    ("prelude.rs", "let the reader see what a file imports"),
];

/// What no library does, with the reason.
const FORBIDDEN: &[(&str, &str)] = &[
    ("println!", "the caller owns the terminal"),
    ("print!", "the caller owns the terminal"),
    ("eprintln!", "the caller owns the terminal"),
    ("eprint!", "the caller owns the terminal"),
    ("dbg!", "the caller owns the terminal"),
    ("process::exit", "return an error"),
    ("std::env", "take it as an argument"),
    ("env::var", "take it as an argument"),
    ("env::var_os", "take it as an argument"),
    ("Device::new_cuda", "the caller chooses the device"),
    ("Device::new_metal", "the caller chooses the device"),
    ("Device::cuda_if_available", "the caller chooses the device"),
    ("Device::metal_if_available", "the caller chooses the device"),
    ("Device::Cpu", "the caller chooses the device"),
];

/// Every Rust file, tests too, opens with `//!`.
pub fn opens_with_a_module_doc(tree: &Tree) -> Vec<String> {
    tree.rust_files()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| format!("{}:1: open with `//!` and what the file is for", file.path))
        .collect()
}

/// No `mod.rs`, `utils.rs` and the like.
pub fn file_names_say_something(tree: &Tree) -> Vec<String> {
    let judge = |file: &File| {
        let name = file.path.rsplit('/').next()?;
        let (_, advice) = NAMELESS.iter().find(|(nameless, _)| *nameless == name)?;
        Some(format!("{}: {advice}", file.path))
    };
    tree.rust_files().filter_map(judge).collect()
}

/// No Rust file is longer than [`MAX_LINES`].
pub fn files_are_short(tree: &Tree) -> Vec<String> {
    tree.rust_files()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| {
            format!(
                "{}: {lines} lines, more than {MAX_LINES}: are there two ideas in it?",
                file.path
            )
        })
        .collect()
}

/// Libraries neither print, exit, read the environment nor choose a device.
pub fn libraries_keep_quiet(tree: &Tree) -> Vec<String> {
    let mut errors = Vec::new();
    for file in tree.rust_files().filter(|file| is_library_code(&file.path)) {
        let code = without_test_items(&parts(&file.text).code);
        for (token, why) in FORBIDDEN {
            for (line, at) in occurrences(&code, token) {
                if *token == "Device::Cpu" && only_looks_at_a_device(&code, at) {
                    continue;
                }
                errors.push(format!("{}:{line}: `{token}` in a library: {why}", file.path));
            }
        }
    }
    errors
}

/// `src/` of a library, without its test files.
fn is_library_code(path: &str) -> bool {
    let Some((name, inner)) = path.strip_prefix("crates/").and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let is_test = |part: &str| part == "tests" || part == "tests.rs";
    is_library(name) && inner.starts_with("src/") && !inner.split('/').any(is_test)
}

/// A pattern, or a copy to the host: neither decides where anything is computed.
fn only_looks_at_a_device(code: &str, at: usize) -> bool {
    let line_start = code[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let (before, after) =
        (code[line_start..at].trim_end(), code[at + "Device::Cpu".len()..].trim_start());
    let is_pattern = after.starts_with("=>")
        || after.starts_with('|')
        || after.starts_with("if ")
        || before.ends_with('|')
        || before.contains("matches!(")
        || before.ends_with("let");
    is_pattern || before.ends_with("to_device(&")
}

#[cfg(test)]
mod tests;
