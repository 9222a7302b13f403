//! Spans into the original text, both ways to encode, unknown words, the file.

use serde::Deserialize;

use super::*;
use crate::Truncate;

fn train(texts: &[&str], pre_tokenizer: PreTokenizer) -> WordTokenizer {
    let options = VocabularyOptions::default();
    WordTokenizer::train(texts, Normalizer::default(), pre_tokenizer, &options).unwrap()
}

#[test]
fn spans_point_into_the_original_text() {
    let text = "The CAFÉ's \"best\", x\"Y";
    let tokenizer = train(&[text], PreTokenizer::BasicEnglish);
    let encoding = tokenizer.encode(text).unwrap();
    let tokens: Vec<String> = encoding.ids.iter().filter_map(|id| tokenizer.token(*id)).collect();
    assert_eq!(tokens, ["the", "café", "'", "s", "best", ",", "xy"]);
    let slices: Vec<&str> = encoding.spans.iter().map(|(start, end)| &text[*start..*end]).collect();
    assert_eq!(slices, ["The", "CAFÉ", "'", "s", "best", ",", "x\"Y"]);
}

#[test]
fn both_encoders_give_the_same_ids_and_append() {
    let tokenizer = train(&["one two three"], PreTokenizer::Whitespace);
    for text in ["", "  ", "one", "Three TWO four one", "日本 one"] {
        let mut ids = vec![7];
        tokenizer.encode_ids(text, &mut ids).unwrap();
        assert_eq!(ids[1..], tokenizer.encode(text).unwrap().ids, "{text:?}");
        assert_eq!(ids[0], 7);
    }
}

/// The texts on which the cutting is checked against published tokenizers.
fn hostile_texts() -> Vec<String> {
    #[derive(Deserialize)]
    struct Case {
        text: String,
    }
    let golden = include_str!("../../tests/golden/pre_tokenizers.json");
    let cases: Vec<Case> = serde_json::from_str(golden).unwrap();
    // Once as they are and once with more behind them: short tokens at the end go another way.
    cases.into_iter().flat_map(|case| [format!("{} {:20}.", case.text, ""), case.text]).collect()
}

#[test]
fn counting_and_encoding_equal_normalizing_and_looking_up_each_token() {
    let texts = hostile_texts();
    let normalizers = [
        Normalizer::default(),
        Normalizer::IDENTITY,
        Normalizer { strip_accents: true, lowercase: false, ..Normalizer::default() },
    ];
    for pre_tokenizer in [
        PreTokenizer::Whitespace,
        PreTokenizer::UnicodeWords,
        PreTokenizer::BasicEnglish,
        PreTokenizer::Kim2014,
    ] {
        for normalizer in normalizers {
            let options = VocabularyOptions { min_freq: 2, ..VocabularyOptions::default() };
            let tokenizer =
                WordTokenizer::train(&texts, normalizer, pre_tokenizer.clone(), &options).unwrap();
            let mut counts = std::collections::HashMap::new();
            for text in &texts {
                let mut expected = Vec::new();
                pre_tokenizer.for_each_token(text, |token| {
                    let word = normalizer.normalize(&token.text).into_owned();
                    expected.push(tokenizer.vocabulary().id(&word).unwrap_or(1));
                    *counts.entry(word).or_insert(0_u64) += 1;
                });
                assert_eq!(tokenizer.encode(text).unwrap().ids, expected, "{text:?}");
            }
            let counted = count_tokens(&texts, tokenizer.analyzer());
            assert_eq!(counted.len(), counts.len());
            for (token, n) in counted.iter() {
                assert_eq!(counts.get(token), Some(&n), "{token:?}");
            }
        }
    }
}

#[test]
fn padding_is_zero_and_unknown_is_one_by_default() {
    let tokenizer = train(&["word"], PreTokenizer::Whitespace);
    assert_eq!(tokenizer.id("<pad>"), Some(0));
    assert_eq!(tokenizer.id("<unk>"), Some(1));
    assert_eq!(tokenizer.encode("other word").unwrap().ids, [1, 2]);
    assert_eq!(tokenizer.vocab_size(), 3);
}

#[test]
fn without_a_default_an_unknown_word_is_an_error_that_names_it() {
    let vocabulary = Vocabulary::from_tokens(["a"]).unwrap();
    let tokenizer = WordTokenizer::new(Normalizer::default(), PreTokenizer::Whitespace, vocabulary);
    assert_eq!(tokenizer.encode("a A").unwrap().ids, [0, 0]);
    let error = tokenizer.encode("a First second").unwrap_err();
    assert!(matches!(error, Error::OutOfVocabulary { token } if token == "first"));
}

#[test]
fn pairs_words_and_windows_keep_account_of_where_tokens_came_from() {
    let tokenizer = train(&["a b c d e f"], PreTokenizer::BasicEnglish);
    let pair = tokenizer.encode_input(Input::Pair("a b", "c, d"), None).unwrap();
    assert_eq!(pair.ids, [2, 3, 4, 1, 5]);
    assert_eq!(pair.spans, [(0, 1), (2, 3), (0, 1), (1, 2), (3, 4)]);
    assert_eq!(pair.type_ids, [0, 0, 1, 1, 1]);
    assert_eq!(pair.sequence_ids, [0, 0, 1, 1, 1].map(Some));
    assert_eq!(pair.word_ids, [0, 1, 0, 1, 2].map(Some));
    let words = tokenizer.encode_input(Input::Words(&["a,b", "", "c"]), None).unwrap();
    assert_eq!(words.word_ids, [0, 0, 0, 2].map(Some));
    assert_eq!(words.spans, [(0, 1), (1, 2), (2, 3), (0, 1)]);
    let truncation = Truncation { max_length: 3, strategy: Truncate::OnlySecond };
    let cut = tokenizer.encode_input(Input::Pair("a b", "c d e"), Some(&truncation)).unwrap();
    assert_eq!((cut.ids.as_slice(), cut.n_left_out), (&[2, 3, 4][..], 2));
    let windows = Windows { max_length: 4, stride: 1 };
    let windows = tokenizer.encode_windows("a", "b c d e f", &windows).unwrap();
    let ids: Vec<&[u32]> = windows.iter().map(|window| window.ids.as_slice()).collect();
    assert_eq!(ids, [[2, 3, 4, 5], [2, 5, 6, 7]]);
    assert_eq!(windows[1].spans, [(0, 1), (4, 5), (6, 7), (8, 9)]);
    assert_eq!(windows[1].n_left_out, 2);
}

#[test]
fn decoding_joins_words_by_spaces() {
    let tokenizer = train(&["a b"], PreTokenizer::Whitespace);
    let special = tokenizer.special_tokens();
    assert_eq!((special.pad, special.unk, special.all.as_slice()), (Some(0), Some(1), &[0, 1][..]));
    assert_eq!(tokenizer.decode(&[3, 1, 0, 2, 99], false).unwrap(), "b <unk> <pad> a");
    assert_eq!(tokenizer.decode(&[3, 1, 0, 2, 99], true).unwrap(), "b a");
}

#[test]
fn the_file_round_trips() {
    let normalizer = Normalizer { strip_accents: true, ..Normalizer::default() };
    let options = VocabularyOptions { specials: Vec::new(), ..VocabularyOptions::default() };
    let tokenizer =
        WordTokenizer::train(&["é \" \\"], normalizer, PreTokenizer::Kim2014, &options).unwrap();
    let file = tokenizer.to_file().unwrap();
    assert_eq!(WordTokenizer::from_bytes(&file.bytes).unwrap(), tokenizer);
}

#[test]
fn broken_files_are_refused_with_the_reason() {
    let good = String::from_utf8(train(&["a"], PreTokenizer::Whitespace).to_file().unwrap().bytes)
        .unwrap();
    let cases = [
        (String::new(), "corrupt tokenizer file: EOF"),
        (good[..good.len() / 2].to_owned(), "corrupt tokenizer file: EOF"),
        (good.replace("sconce-word-tokenizer", "x"), "corrupt tokenizer file: its format is \"x\""),
        (good.replace(":1,\"normalizer\"", ":3,\"normalizer\""), "format version 3, but"),
        (good.replace("\"<unk>\"", "\"<pad>\""), "corrupt tokenizer file: token \"<pad>\""),
        (good.replace("\"default_id\":1", "\"default_id\":9"), "corrupt tokenizer file: id 9"),
        (good.replace("whitespace", "none"), "corrupt tokenizer file: unknown variant"),
    ];
    for (content, expected) in cases {
        assert_ne!(content, good);
        let error = WordTokenizer::from_bytes(content.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("vocabulary.json: {expected}")), "{error}");
    }
}
