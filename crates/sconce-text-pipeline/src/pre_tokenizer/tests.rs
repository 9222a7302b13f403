//! The published tokenizers as truth, spans, and names.

use super::*;
use crate::Normalizer;

#[derive(serde::Deserialize)]
struct Golden {
    text: String,
    basic_english: Vec<String>,
    kim2014: Vec<String>,
}

/// Made by `tests/golden/pre_tokenizers.py`.
fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("../../tests/golden/pre_tokenizers.json")).unwrap()
}

fn tokens<'a>(pre_tokenizer: PreTokenizer, text: &'a str) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    pre_tokenizer.for_each_token(text, |token| tokens.push(token));
    tokens
}

fn words(pre_tokenizer: PreTokenizer, text: &str) -> Vec<String> {
    tokens(pre_tokenizer, text).into_iter().map(|token| token.text.into_owned()).collect()
}

const ALL: [PreTokenizer; 4] = [
    PreTokenizer::Whitespace,
    PreTokenizer::UnicodeWords,
    PreTokenizer::BasicEnglish,
    PreTokenizer::Kim2014,
];

#[test]
fn basic_english_and_lower_case_equal_the_published_tokenizer() {
    let lower = Normalizer::default();
    for case in golden() {
        let got: Vec<String> = tokens(PreTokenizer::BasicEnglish, &case.text)
            .iter()
            .map(|token| lower.normalize(&token.text).into_owned())
            .collect();
        assert_eq!(got, case.basic_english, "{:?}", case.text);
    }
}

#[test]
fn kim2014_equals_the_published_cleaning() {
    for case in golden() {
        assert_eq!(words(PreTokenizer::Kim2014, &case.text), case.kim2014, "{:?}", case.text);
    }
}

#[test]
fn whitespace_cuts_where_the_standard_library_does() {
    for case in golden() {
        let expected: Vec<&str> = case.text.split_whitespace().collect();
        assert_eq!(words(PreTokenizer::Whitespace, &case.text), expected, "{:?}", case.text);
    }
}

#[test]
fn unicode_words_drop_punctuation_and_keep_contractions() {
    for (text, expected) in [
        ("It isn't 3.14, is it?", vec!["It", "isn't", "3.14", "is", "it"]),
        ("café—мир", vec!["café", "мир"]),
        ("?!", vec![]),
    ] {
        assert_eq!(words(PreTokenizer::UnicodeWords, text), expected, "{text:?}");
    }
}

#[test]
fn spans_rise_and_hold_the_word() {
    for case in golden() {
        for pre_tokenizer in ALL {
            let mut last = 0;
            for token in tokens(pre_tokenizer, &case.text) {
                assert!(last <= token.start && token.start < token.end, "{:?}", case.text);
                let slice = &case.text[token.start..token.end];
                match &token.text {
                    Cow::Borrowed(word) => assert_eq!(*word, slice),
                    Cow::Owned(word) => assert_eq!(*word, slice.replace('"', "")),
                }
                last = token.end;
            }
        }
    }
}

#[test]
fn names_are_read_back_and_a_slip_gets_the_nearest_one() {
    for pre_tokenizer in ALL {
        assert_eq!(pre_tokenizer.name().parse::<PreTokenizer>().unwrap(), pre_tokenizer);
        let json = serde_json::to_string(&pre_tokenizer).unwrap();
        assert_eq!(json, format!("{:?}", pre_tokenizer.name()));
    }
    let error = "basic_english".parse::<PreTokenizer>().unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown pre-tokenizer \"basic_english\" (did you mean \"basic-english\"?); \
         choose one of whitespace, unicode-words, basic-english, kim2014, characters"
    );
}

#[test]
fn characters_are_all_there_and_join_to_the_text() {
    let text = "Ein  Satz\nmit é und 🕯.";
    let mut words = Vec::new();
    PreTokenizer::Characters.for_each_token(text, |token| {
        assert_eq!(&text[token.start..token.end], token.text);
        words.push(token.text.into_owned());
    });
    assert_eq!(words.len(), text.chars().count());
    assert_eq!(words.concat(), text);
    assert_eq!("characters".parse::<PreTokenizer>().unwrap(), PreTokenizer::Characters);
}
