//! Spans into the original text, both ways to encode, unknown words, the file.

use serde::Deserialize;

use super::*;
use crate::{Moses, Truncate, WordFilter};

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

fn framed() -> WordTokenizer {
    let specials = ["<unk>", "<pad>", "<bos>", "<eos>"].map(str::to_owned).to_vec();
    let options = VocabularyOptions { specials, ..VocabularyOptions::default() };
    WordTokenizer::train_analyzer(&["a b c d"], Analyzer::default(), &options)
        .unwrap()
        .framed(Some("<bos>"), Some("<eos>"))
        .unwrap()
}

#[test]
fn a_frame_is_never_cut_and_either_end_of_a_text_may_be() {
    let end = framed();
    let start = framed().cutting(Side::Left);
    for (tokenizer, max_length, expected) in [
        (&end, 9, vec![2, 4, 5, 6, 7, 3]),
        (&end, 6, vec![2, 4, 5, 6, 7, 3]),
        (&end, 4, vec![2, 4, 5, 3]),
        (&start, 4, vec![2, 6, 7, 3]),
        (&start, 2, vec![2, 3]),
    ] {
        let mut ids = vec![9];
        let is_cut = tokenizer.encode_ids_within("a b c d", max_length, &mut ids).unwrap();
        assert_eq!(is_cut, expected.len() < 6);
        assert_eq!(ids[1..], expected);
        let truncation = Truncation { max_length, strategy: Truncate::LongestFirst };
        let encoding = tokenizer.encode_input(Input::Text("a b c d"), Some(&truncation)).unwrap();
        assert_eq!(encoding.ids, expected);
        assert_eq!(encoding.n_left_out, 6 - expected.len());
        assert_eq!((encoding.spans[0], encoding.word_ids[0]), ((0, 0), None));
    }
    let error = end.encode_ids_within("a", 1, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, Error::MaxLengthTooSmall { max_length: 1, n_special: 2 }));
    let pair = end.encode_input(Input::Pair("a", "b c"), None).unwrap();
    assert_eq!(pair.ids, [2, 4, 3, 2, 5, 6, 3]);
    assert_eq!(pair.type_ids, [0, 0, 0, 1, 1, 1, 1]);
    assert_eq!(pair.sequence_ids, [None, Some(0), None, None, Some(1), Some(1), None]);
    assert_eq!((end.special_tokens().bos, end.special_tokens().eos), (Some(2), Some(3)));
    assert_eq!(end.decode(&pair.ids, true).unwrap(), "a b c");
    let error = framed().framed(Some("<s>"), None).unwrap_err().to_string();
    assert!(error.starts_with("\"<s>\" is to stand at the beginning of each text but"), "{error}");
}

#[test]
fn bytes_are_never_unknown_and_come_back_as_text() {
    let vocabulary = Vocabulary::of_bytes(["<pad>"]).unwrap();
    let tokenizer = WordTokenizer::new(Normalizer::IDENTITY, PreTokenizer::Bytes, vocabulary);
    let text = "Ünï\u{1F600} \0";
    let ids = tokenizer.encode(text).unwrap().ids;
    let expected: Vec<u32> = text.bytes().map(|byte| u32::from(byte) + 1).collect();
    assert_eq!(ids, expected);
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), text);
}

#[test]
fn every_part_is_in_the_file_and_old_ones_are_as_they_were() {
    let filter = WordFilter { min_chars: 2, ngrams: 2, ..WordFilter::default() };
    for pre_tokenizer in [
        PreTokenizer::regex(r"\w+").unwrap(),
        PreTokenizer::split(r"\s+").unwrap(),
        PreTokenizer::Moses(Moses { escape: false, ..Moses::default() }),
        PreTokenizer::Bytes,
        PreTokenizer::Graphemes,
        PreTokenizer::BasicEnglish,
    ] {
        let vocabulary = framed().vocabulary().clone();
        let analyzer = Analyzer { pre_tokenizer, filter: filter.clone(), ..Analyzer::default() };
        let tokenizer = WordTokenizer::from_analyzer(analyzer, vocabulary)
            .framed(Some("<bos>"), None)
            .unwrap()
            .cutting(Side::Left);
        let file = tokenizer.to_file().unwrap();
        assert_eq!(WordTokenizer::from_bytes(&file.bytes).unwrap(), tokenizer);
        assert!(file.bytes.starts_with(br#"{"format":"sconce-word-tokenizer","version":2,"#));
    }
    let old = train(&["a"], PreTokenizer::Kim2014).to_file().unwrap();
    assert_eq!(
        String::from_utf8(old.bytes).unwrap(),
        r#"{"format":"sconce-word-tokenizer","version":1,"normalizer":{"unicode":null,"strip_accents":false,"lowercase":true},"pre_tokenizer":"kim2014","vocabulary":{"default_id":1,"tokens":["<pad>","<unk>","a"]}}"#
    );
    let custom = PreTokenizer::custom(|text| text.split('-').collect());
    let error = train(&["a"], custom).to_file().unwrap_err().to_string();
    assert!(
        error.starts_with("a tokenizer that cuts words by a function cannot be saved"),
        "{error}"
    );
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
