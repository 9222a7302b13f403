//! The rules against this repository, and trees written by hand for the tests of each rule.

use super::*;

/// A tree of files given as path and text.
pub fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, text): &(&str, &str)| File {
        path: String::from(*path),
        bytes: text.len(),
        text: String::from(*text),
    };
    Tree { files: files.iter().map(file).collect() }
}

/// Asserts that a rule finds exactly the given offences, each recognized by a part of its text.
pub fn assert_finds(check: Check, files: &[(&str, &str)], expected: &[&str]) {
    let found = check(&tree(files));
    assert_eq!(found.len(), expected.len(), "{files:?}: {found:#?}");
    for (error, part) in found.iter().zip(expected) {
        assert!(error.contains(part), "`{part}` not in `{error}`");
    }
}

#[test]
fn this_repository_is_tidy() {
    check().unwrap();
}

#[test]
fn crates_are_the_folders_with_a_manifest() {
    let tree = tree(&[
        ("crates/sconce-ops/Cargo.toml", ""),
        ("crates/sconce-ops/fixtures/inner/Cargo.toml", ""),
        ("xtask/Cargo.toml", ""),
    ]);
    assert_eq!(tree.crates(), ["sconce-ops"]);
    assert!(tree.has("crates/sconce-ops") && tree.has("crates/") && tree.has("xtask/Cargo.toml"));
    assert!(!tree.has("crates/sconce") && !tree.has("xtask/src"));
}
