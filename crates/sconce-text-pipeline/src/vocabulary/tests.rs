//! torchtext's order as truth; unknown tokens, changes, JSON.

use super::*;

fn counts(pairs: &[(&str, u64)]) -> TokenCounts {
    let mut counts = TokenCounts::default();
    pairs.iter().for_each(|(token, n)| counts.add(token, *n));
    counts
}

fn options(min_freq: u64, max_tokens: Option<usize>, specials: &[&str]) -> VocabularyOptions {
    let specials = specials.iter().map(ToString::to_string).collect();
    VocabularyOptions { min_freq, max_tokens, specials, special_first: true }
}

/// The expectations were worked out from torchtext's documented rules: sort by falling count and
/// then by text, cut to `max_tokens` less specials, drop specials and rare tokens.
#[test]
fn build_orders_and_cuts_as_torchtext_does() {
    let counted =
        counts(&[("b", 2), ("a", 2), ("é", 2), ("Z", 2), ("c", 5), ("<unk>", 3), ("d", 1)]);
    let cases = [
        (options(1, None, &[]), vec!["c", "<unk>", "Z", "a", "b", "é", "d"]),
        (options(1, None, &["<unk>"]), vec!["<unk>", "c", "Z", "a", "b", "é", "d"]),
        (options(2, None, &["<pad>"]), vec!["<pad>", "c", "<unk>", "Z", "a", "b", "é"]),
        (options(3, None, &[]), vec!["c", "<unk>"]),
        (options(1, Some(4), &["<pad>"]), vec!["<pad>", "c", "<unk>", "Z"]),
        (options(1, Some(4), &["<unk>"]), vec!["<unk>", "c", "Z"]),
        (options(9, None, &["x"]), vec!["x"]),
        (
            VocabularyOptions { special_first: false, ..options(3, None, &["x", "y"]) },
            vec!["c", "<unk>", "x", "y"],
        ),
    ];
    for (options, expected) in cases {
        let vocabulary = Vocabulary::build(&counted, &options).unwrap();
        assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), expected, "{options:?}");
        assert_eq!(vocabulary.default_id(), None);
    }
}

#[test]
fn tokens_and_ids_lead_to_each_other() {
    let vocabulary = Vocabulary::from_tokens(["a", "b", ""]).unwrap();
    assert_eq!(vocabulary.len(), 3);
    for (id, token) in vocabulary.tokens().enumerate() {
        assert_eq!(vocabulary.id(token), Some(id as u32));
        assert_eq!(vocabulary.token(id as u32), Some(token));
    }
    assert_eq!(vocabulary.lookup_tokens(&[1, 0, 1]).unwrap(), ["b", "a", "b"]);
    assert_eq!(vocabulary.id("zzz"), None);
}

#[test]
fn the_default_id_stands_in_for_unknown_tokens() {
    let mut vocabulary = Vocabulary::from_tokens(["a", "b"]).unwrap();
    let error = vocabulary.lookup_ids(&["a", "zzz"]).unwrap_err();
    assert!(matches!(error, Error::OutOfVocabulary { token } if token == "zzz"));
    vocabulary.set_default_id(Some(1)).unwrap();
    assert_eq!(vocabulary.lookup_ids(&["a", "zzz"]).unwrap(), [0, 1]);
    vocabulary.set_default_id(None).unwrap();
    assert!(vocabulary.lookup_ids(&["zzz"]).is_err());
}

#[test]
fn insertion_moves_later_ids_up() {
    let mut vocabulary = Vocabulary::from_tokens(["a", "b"]).unwrap();
    vocabulary.set_default_id(Some(0)).unwrap();
    vocabulary.insert_token("first", 0).unwrap();
    vocabulary.insert_token("last", 3).unwrap();
    assert_eq!(vocabulary.append_token("end").unwrap(), 4);
    assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), ["first", "a", "b", "last", "end"]);
    assert_eq!((vocabulary.id("b"), vocabulary.default_id()), (Some(2), Some(0)));
}

#[test]
fn impossible_changes_are_errors_that_quote_the_value() {
    let mut vocabulary = Vocabulary::from_tokens(["a"]).unwrap();
    let too_small = Vocabulary::build(&counts(&[]), &options(1, Some(2), &["x", "y"]));
    let cases = [
        (vocabulary.append_token("a").map(|_| ()), "token \"a\" is in the vocabulary already"),
        (vocabulary.insert_token("a", 0), "token \"a\" is in the vocabulary already"),
        (vocabulary.insert_token("b", 2), "no token can be inserted at 2"),
        (vocabulary.set_default_id(Some(1)), "id 1 is not in the vocabulary, which has 1"),
        (vocabulary.lookup_tokens(&[7]).map(|_| ()), "id 7 is not in the vocabulary"),
        (Vocabulary::from_tokens(["x", "x"]).map(|_| ()), "token \"x\" is in the vocabulary"),
        (too_small.map(|_| ()), "max_tokens is 2, but 2 special tokens"),
    ];
    for (result, expected) in cases {
        let message = result.unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(vocabulary, Vocabulary::from_tokens(["a"]).unwrap());
}

#[test]
fn json_is_plain_and_round_trips() {
    let mut vocabulary = Vocabulary::from_tokens(["<pad>", "\"é\n"]).unwrap();
    vocabulary.set_default_id(Some(1)).unwrap();
    let json = serde_json::to_string(&vocabulary).unwrap();
    assert_eq!(json, r#"{"default_id":1,"tokens":["<pad>","\"é\n"]}"#);
    assert_eq!(serde_json::from_str::<Vocabulary>(&json).unwrap(), vocabulary);
    for bad in [r#"{"default_id":2,"tokens":["a"]}"#, r#"{"tokens":["a","a"]}"#, "[]"] {
        assert!(serde_json::from_str::<Vocabulary>(bad).is_err(), "{bad}");
    }
}
