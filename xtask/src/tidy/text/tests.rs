//! Each rule for every file, broken once.

use super::super::tests::{assert_finds, tree};
use super::*;

#[test]
fn marks_of_unfinished_work_are_found_in_what_people_write() {
    let mark = MARKS[0];
    assert_finds(
        nothing_is_unfinished,
        &[
            ("crates/a/src/a.rs", &format!("// {mark}: later\nfn f() {{ todo!() }}\n")),
            ("docs/a.md", &format!("one\n{mark} two\n")),
            (".ci/run", &format!("# {mark}\n")),
            (
                "crates/a/src/fine.rs",
                &format!("const X: &str = \"{mark}\";\nlet {mark}S = \"todo!\";\n"),
            ),
            ("crates/a/data/reviews.tsv", &format!("{mark} is a word here\n")),
        ],
        &["a.rs:1", "a.rs:2: `todo!`", "docs/a.md:2", ".ci/run:1"],
    );
}

#[test]
fn a_file_over_two_megabytes_is_found() {
    let mut files = tree(&[("a.bin", ""), ("b.bin", "")]);
    files.files[0].bytes = MAX_BYTES + 1;
    files.files[1].bytes = MAX_BYTES;
    let errors = no_file_is_large(&files);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("a.bin"), "{errors:?}");
}

#[test]
fn each_path_of_one_machine_and_each_registry_is_found() {
    for pattern in MACHINE_PATHS.iter().chain(REGISTRIES) {
        let text = format!("one\nsee `{pattern}x`\n");
        assert_finds(no_path_of_one_machine, &[("docs/a.md", &text)], &["docs/a.md:2"]);
    }
}

#[test]
fn the_rest_of_a_longer_path_is_fine() {
    let home = MACHINE_PATHS[0];
    let texts = [
        format!("https://example.org{home}x"),
        format!("$SCONCE_CACHE{home}"),
        format!("~{home}"),
        String::from("a network/framework/work"),
    ];
    for text in &texts {
        assert_finds(no_path_of_one_machine, &[("docs/a.md", text)], &[]);
    }
}

#[test]
fn tests_may_name_temporary_files_and_nothing_else() {
    let (temporary, home) = (concat!("/t", "mp/x"), format!("{}x", MACHINE_PATHS[0]));
    assert_finds(no_path_of_one_machine, &[("crates/a/src/a/tests.rs", temporary)], &[]);
    assert_finds(no_path_of_one_machine, &[("crates/a/tests/b.rs", &home)], &["b.rs:1"]);
    assert_finds(no_path_of_one_machine, &[("crates/a/src/a.rs", temporary)], &["a.rs:1"]);
}
