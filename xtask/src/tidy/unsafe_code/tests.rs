//! Tests of the rules for `unsafe`.

use super::super::tests::{assert_finds, tree};
use super::*;

#[test]
fn unlisted_and_stale_files_are_found() {
    let files = tree(&[
        ("crates/a/src/listed.rs", "unsafe fn f() {}"),
        ("crates/a/src/unlisted.rs", "\nunsafe fn f() {}"),
        ("crates/a/src/stale.rs", "#![allow(unsafe_code)] // unsafe \nconst X: &str = \"unsafe\";"),
    ]);
    let table = [("crates/a/src/listed.rs", "why"), ("crates/a/src/stale.rs", "why")];
    let errors = listed(&files, &table);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("crates/a/src/unlisted.rs:2:"), "{errors:?}");
    assert!(errors[1].contains("lists crates/a/src/stale.rs"), "{errors:?}");
}

#[test]
fn a_safety_comment_above_the_statement_is_enough() {
    let fine = [
        "// SAFETY: checked.\nunsafe { f() }",
        "// SAFETY: checked\n// twice.\nlet x = unsafe { f() };",
        "// SAFETY: checked.\nlet x =\n    unsafe { f() };",
        "// SAFETY: no interior pointers.\nunsafe impl Send for X {}",
        "#[inline]\nunsafe fn f() {}",
        "g(unsafe { f() }); // SAFETY: checked.",
        "// SAFETY: checked.\n#[allow(clippy::all)]\nlet x = unsafe { f() };",
    ];
    for code in fine {
        assert_finds(is_argued_for, &[("crates/a/src/a.rs", code)], &[]);
    }
}

#[test]
fn an_unargued_block_is_found() {
    let bad = [
        ("unsafe { f() }", 1),
        ("// It is fine.\nunsafe { f() }", 2),
        ("// SAFETY: of another.\ng();\nlet x = unsafe { f() };", 3),
        ("// SAFETY: too far.\n\nunsafe impl Send for X {}", 3),
        ("let s = \"SAFETY:\"; unsafe { f() }", 1),
    ];
    for (code, line) in bad {
        assert_finds(is_argued_for, &[("crates/a/src/a.rs", code)], &[&format!("a.rs:{line}:")]);
    }
}
