//! Each rule for Rust files, broken once.

use super::super::tests::assert_finds;
use super::*;

#[test]
fn a_file_without_a_module_doc_is_found_tests_included() {
    assert_finds(
        opens_with_a_module_doc,
        &[
            ("crates/a/src/lib.rs", "//! Fine.\n"),
            ("crates/a/src/b.rs", "// Not a doc.\n"),
            ("crates/a/src/b/tests.rs", "use super::*;\n"),
            ("xtask/src/c.rs", "\n//! Too late.\n"),
            ("elsewhere/d.rs", ""),
        ],
        &["crates/a/src/b.rs:1", "b/tests.rs:1", "xtask/src/c.rs:1"],
    );
}

#[test]
fn names_that_say_nothing_are_found() {
    assert_finds(
        file_names_say_something,
        &[
            ("crates/a/src/utils.rs", ""),
            ("crates/a/src/b/mod.rs", ""),
            ("benches/src/helpers.rs", ""),
            ("crates/a/src/prelude.rs", ""),
            ("crates/a/src/model.rs", ""),
        ],
        &["utils.rs", "mod.rs", "helpers.rs", "prelude.rs"],
    );
}

#[test]
fn only_files_over_the_limit_are_too_long() {
    let (limit, over) = ("x\n".repeat(MAX_LINES), "x\n".repeat(MAX_LINES + 1));
    assert_finds(
        files_are_short,
        &[("crates/a/src/a.rs", &limit), ("crates/a/src/b.rs", &over)],
        &["b.rs: 451 lines"],
    );
}

#[test]
fn each_forbidden_call_is_found_with_its_line() {
    for (token, why) in FORBIDDEN {
        let text = format!("//! A.\nfn f() {{\n    let x = {token}(1);\n}}\n");
        let found =
            libraries_keep_quiet(&super::super::tests::tree(&[("crates/a/src/a.rs", &text)]));
        let named = found.iter().any(|error| {
            error.starts_with("crates/a/src/a.rs:3:")
                && error.contains(token)
                && error.contains(why)
        });
        assert!(named, "{token}: {found:?}");
    }
}

#[test]
fn docs_strings_tests_programs_and_examples_may_do_it() {
    let call = "//! A.\nfn f() { println!(\"\"); }\n";
    assert_finds(
        libraries_keep_quiet,
        &[
            (
                "crates/a/src/docs.rs",
                "//! A: `println!(1)`\n/// println!(\"x\")\nconst X: &str = \"dbg!\";\n",
            ),
            ("crates/a/src/inline.rs", "//! A.\n#[cfg(test)]\nfn f() { println!(\"\"); }\n"),
            ("crates/a/src/a/tests.rs", call),
            ("crates/a/src/a/tests/more.rs", call),
            ("crates/a/tests/b.rs", call),
            ("crates/a/examples/b.rs", call),
            ("crates/sconce/src/main.rs", call),
            ("crates/sconce-testing/src/lib.rs", call),
            ("xtask/src/main.rs", call),
        ],
        &[],
    );
}

#[test]
fn looking_at_a_device_is_not_creating_one() {
    let fine = [
        "match device { Device::Cpu => 1, _ => 2 }",
        "match device {\n    Device::Cpu | Device::Cuda(_) => 1,\n}",
        "matches!(tensor.device(), Device::Cpu)",
        "if let Device::Cpu = device {}",
        "let host = tensor.to_device(&Device::Cpu)?;",
    ];
    for code in fine {
        assert_finds(libraries_keep_quiet, &[("crates/a/src/a.rs", code)], &[]);
    }
    for code in ["Tensor::zeros(3, DType::F32, &Device::Cpu)?", "let device = Device::Cpu;"] {
        assert_finds(libraries_keep_quiet, &[("crates/a/src/a.rs", code)], &["a.rs:1"]);
    }
}
