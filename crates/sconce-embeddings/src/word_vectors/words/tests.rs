//! Tests of the table of words.

use super::*;

#[test]
fn every_word_keeps_its_id_through_growth() {
    let names: Vec<String> = (0..5_000).map(|n| format!("word-{n}")).collect();
    let mut words = Words::default();
    for (id, name) in names.iter().enumerate() {
        assert_eq!(words.insert(name), Ok(id as u32));
    }
    for (id, name) in names.iter().enumerate() {
        assert_eq!(words.id(name), Some(id as u32), "{name}");
        assert_eq!(words.word(id as u32), Some(name.as_str()));
    }
    assert!(words.iter().eq(names.iter().map(String::as_str)));
    assert_eq!(words.id("word-5000"), None);
    assert_eq!(words.word(5_000), None);
}

#[test]
fn a_second_insertion_answers_with_the_first_id() {
    let mut words = Words::default();
    assert_eq!(words.insert("frog"), Ok(0));
    assert_eq!(words.insert("蛙"), Ok(1));
    assert_eq!(words.insert(""), Ok(2));
    assert_eq!(words.insert("frog"), Err(0));
    assert_eq!(words.insert(""), Err(2));
    assert_eq!(words.len(), 3);
}

#[test]
fn an_empty_table_knows_no_word() {
    let words = Words::default();
    assert_eq!(words.id("frog"), None);
    assert_eq!(words.iter().len(), 0);
}

#[test]
fn reserving_does_not_disturb_ids() {
    let mut words = Words::default();
    assert_eq!(words.insert("frog"), Ok(0));
    words.reserve(10_000);
    words.shrink_to_fit();
    assert_eq!(words.id("frog"), Some(0));
    assert_eq!(words.insert("toad"), Ok(1));
}
