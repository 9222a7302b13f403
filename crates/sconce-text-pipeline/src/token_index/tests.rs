//! Ids lead back to their tokens while the table grows.

use super::*;

#[test]
fn ids_count_up_and_lead_back_to_the_token_through_growth() {
    let mut index = TokenIndex::default();
    let tokens: Vec<String> =
        (0..5000).map(|i| format!("ток{i}{}", "-long".repeat(i % 3))).collect();
    for (i, token) in tokens.iter().enumerate() {
        assert_eq!(index.get_or_add(token), (i as u32, true));
    }
    for (i, token) in tokens.iter().enumerate() {
        assert_eq!(index.id(token), Some(i as u32));
        assert_eq!(index.get_or_add(token), (i as u32, false));
        assert_eq!(index.token(i as u32), Some(token.as_str()));
    }
    assert_eq!(index.len(), tokens.len());
    assert!(index.iter().eq(tokens.iter().map(String::as_str)));
}

#[test]
fn what_was_not_added_is_not_found() {
    let mut index = TokenIndex::default();
    assert_eq!((index.id(""), index.id("a"), index.token(0)), (None, None, None));
    index.get_or_add("");
    assert_eq!((index.id(""), index.id("a"), index.token(0)), (Some(0), None, Some("")));
    assert_eq!((index.token(1), index.token(u32::MAX)), (None, None));
}
