//! Tests of reading and cutting the sentences.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_sources_have_their_published_sizes() {
    for (source, count) in [("mr", 10_662), ("subj", 10_000)] {
        assert_eq!(read(source).unwrap().len(), count, "{source}");
    }
    let error = read("imdb").unwrap_err().to_string();
    assert_eq!(error, "unknown data source `imdb`; known: mr, subj");
}

fn numbers(count: usize) -> Vec<Row> {
    (0..count).map(|number| ("n", number.to_string())).collect()
}

#[test]
fn folds_are_equal_disjoint_complete_and_seeded() {
    let rows = numbers(25);
    let parts = folds(&rows, 10, 42);
    let sizes: BTreeSet<usize> = parts.iter().map(Vec::len).collect();
    assert_eq!(sizes, BTreeSet::from([2, 3]));
    let all: BTreeSet<&Row> = parts.iter().flatten().copied().collect();
    assert_eq!(all.len(), 25);
    assert_eq!(parts, folds(&rows, 10, 42));
    assert_ne!(parts, folds(&rows, 10, 43));
}

#[test]
fn one_sentence_in_ten_is_for_the_test() {
    let rows = numbers(30);
    let (train, test) = every_tenth(&rows);
    assert_eq!((train.len(), test.len()), (27, 3));
    assert_eq!(test[0].1, "9");
}

#[test]
fn splitmix64_gives_the_published_sequence() {
    let mut random = SplitMix64(1_234_567);
    assert_eq!(random.next(), 6_457_827_717_110_365_317);
    assert_eq!(random.next(), 3_203_168_211_198_807_973);
}

#[test]
fn a_tsv_has_a_header_and_refuses_tabs() {
    let path = std::env::temp_dir().join(format!("sconce-xtask-tsv-{}.tsv", std::process::id()));
    write_tsv(&path, &[&("pos", String::from("a \" fine \" film ."))]).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "label\ttext\npos\ta \" fine \" film .\n");
    assert!(write_tsv(&path, &[&("pos", String::from("a\tb"))]).is_err());
    std::fs::remove_file(path).unwrap();
}
