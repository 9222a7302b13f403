//! Each rule for pages, broken once.

use super::super::tests::assert_finds;
use super::*;

const OPS: (&str, &str) = ("crates/sconce-ops/Cargo.toml", "");
const LINEAR: (&str, &str) = ("crates/sconce-ops/src/linear.rs", "");

#[test]
fn the_map_must_name_every_crate_and_module_and_no_ghost() {
    let cases: [(&str, &[&str]); 9] = [
        ("# Map\n## `crates/sconce-ops`\n`linear` multiplies.\n", &[]),
        ("| `sconce-ops` | `linear.rs` |\n", &[]),
        ("- `crates/sconce-ops/`: `crates/sconce-ops/src/linear.rs`\n", &[]),
        ("# Map\n", &["about `sconce-ops`"]),
        ("## `sconce-ops`\n`conv`\n", &["does not name `linear`"]),
        ("## `sconce-ops`\n## Other\n`linear`\n", &["does not name `linear`"]),
        ("## `sconce-ops`\nlinear\n", &["does not name `linear`"]),
        (
            "## `sconce-ops`\n`linear` `crates/sconce-ops/src/gone.rs`\n",
            &["2: `crates/sconce-ops/src/gone.rs`"],
        ),
        (
            "## `sconce-ops`\n`src/linear.rs` `src/gone.rs` `candle-core/cuda` `and/or`\n",
            &["`src/gone.rs`"],
        ),
    ];
    for (page, expected) in cases {
        assert_finds(
            architecture_matches_the_tree,
            &[OPS, LINEAR, ("crates/sconce-ops/src/linear/tests.rs", ""), (ARCHITECTURE, page)],
            expected,
        );
    }
    assert_finds(architecture_matches_the_tree, &[OPS], &["is missing"]);
}

#[test]
fn the_binary_and_the_test_support_need_only_be_named() {
    assert_finds(
        architecture_matches_the_tree,
        &[
            ("crates/sconce/Cargo.toml", ""),
            ("crates/sconce/src/train.rs", ""),
            ("crates/sconce-testing/Cargo.toml", ""),
            ("crates/sconce-testing/src/golden.rs", ""),
            (ARCHITECTURE, "| `sconce` | x |\n| `sconce-testing` | y |\n"),
        ],
        &[],
    );
}

#[test]
fn a_crate_without_a_page_or_an_example_is_found() {
    assert_finds(
        crates_have_their_pages,
        &[OPS, ("crates/sconce/Cargo.toml", ""), ("crates/sconce-testing/Cargo.toml", "")],
        &[
            "crates/sconce-ops has no README.md",
            "crates/sconce-ops has no example",
            "crates/sconce has no README.md",
            "crates/sconce-testing has no README.md",
        ],
    );
    assert_finds(
        crates_have_their_pages,
        &[OPS, ("crates/sconce-ops/README.md", ""), ("crates/sconce-ops/examples/a.rs", "")],
        &[],
    );
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = "[a](architecture.md) [b](../README.md#run) [c](#here) [d](https://example.org)\n\
                [e](gone.md)\n```\n[f](gone.md)\n```\n`[g](gone.md)` [h](../../outside.md) [i](../docs/)\n";
    assert_finds(
        links_resolve,
        &[("docs/a.md", page), ("docs/architecture.md", ""), ("README.md", "")],
        &["docs/a.md:2: the link to `gone.md`", "docs/a.md:6: the link to `../../outside.md`"],
    );
}

#[test]
fn a_crate_that_the_readme_leaves_out_is_found() {
    let readme =
        "`sconce-ops` in prose\n| crate | does |\n|---|---|\n| [`sconce`](crates/sconce) | x |\n";
    assert_finds(
        readme_lists_every_crate,
        &[OPS, ("crates/sconce/Cargo.toml", ""), ("README.md", readme)],
        &["no row for `sconce-ops`"],
    );
    assert_finds(readme_lists_every_crate, &[OPS], &["README.md is missing"]);
}

#[test]
fn an_example_that_nothing_tests_is_found() {
    let one = "text\n```rust\nlet a = 1;\n```\n";
    let other = "```rust\nlet a = 2;\n```\n";
    let tested = ("crates/sconce-ops/src/lib.rs", README_TEST);
    let ops = ("crates/sconce-ops/README.md", one);
    let find = |files: &[(&str, &str)], expected: &[&str]| {
        assert_finds(readme_examples_are_tested, files, expected);
    };
    find(&[OPS, ops, tested, ("README.md", one)], &[]);
    find(&[OPS, ops, tested, ("README.md", &format!("{one}{other}"))], &["README.md:5:"]);
    find(&[OPS, ops, ("README.md", one)], &["crates/sconce-ops: nothing tests its README"]);
    find(&[OPS, ("README.md", "```console\n$ ls\n```\n")], &[]);
}
