//! Tests of the repository's whereabouts.

use super::*;

#[test]
fn the_cache_folder_follows_the_most_specific_variable() {
    type Case = (&'static [(&'static str, &'static str)], Option<&'static str>);
    let cases: [Case; 4] = [
        (&[("SCONCE_CACHE", "a"), ("XDG_CACHE_HOME", "b"), ("HOME", "c")], Some("a")),
        (&[("XDG_CACHE_HOME", "b"), ("HOME", "c")], Some("b/sconce")),
        (&[("HOME", "c")], Some("c/.cache/sconce")),
        (&[], None),
    ];
    for (variables, expected) in cases {
        let lookup = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
        };
        assert_eq!(cache_dir_from(lookup), expected.map(PathBuf::from), "{variables:?}");
    }
}

#[test]
fn days_since_1970_become_dates() {
    let cases = [
        (0, (1970, 1, 1)),
        (58, (1970, 2, 28)),
        (59, (1970, 3, 1)),
        (11_016, (2000, 2, 29)),
        (20_453, (2025, 12, 31)),
        (20_454, (2026, 1, 1)),
    ];
    for (days, expected) in cases {
        assert_eq!(civil(days), expected, "{days}");
    }
}

#[test]
fn the_file_list_holds_this_file_and_no_build_output() {
    let files = files().unwrap();
    assert!(files.contains(&String::from("xtask/src/repo/tests.rs")));
    assert!(!files.iter().any(|path| path.starts_with("target/")));
}
