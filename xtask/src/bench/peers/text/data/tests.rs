//! Tests of the files that both sides read.

use std::collections::HashMap;

use super::*;

#[test]
fn the_large_text_is_the_same_every_time_and_has_frequent_and_rare_words() {
    let make = || {
        let mut out = Vec::new();
        large_text(&mut out, 200_000).unwrap();
        String::from_utf8(out).unwrap()
    };
    let text = make();
    assert_eq!(text, make());
    assert!((200_000..210_000).contains(&text.len()), "{}", text.len());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    text.split_whitespace().for_each(|word| *counts.entry(word).or_default() += 1);
    let once = counts.values().filter(|count| **count == 1).count();
    assert!(once * 2 > counts.len(), "{once} of {} words occur once", counts.len());
    assert!(counts.values().any(|count| *count > 1000));
}

#[test]
fn a_limited_run_has_lines_from_everywhere() {
    let folder = std::env::temp_dir().join(format!("sconce-text-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (from, to) = (folder.join("from"), folder.join("to"));
    fs::write(&from, "a\nb\nc\nd\ne\n").unwrap();
    some_lines(&from, &to, Some(2)).unwrap();
    assert_eq!(fs::read_to_string(&to).unwrap(), "a\nc\n");
    fs::remove_dir_all(&folder).unwrap();
}
