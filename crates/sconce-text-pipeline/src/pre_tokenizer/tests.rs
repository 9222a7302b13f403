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

const ALL: [PreTokenizer; 8] = [
    PreTokenizer::Whitespace,
    PreTokenizer::UnicodeWords,
    PreTokenizer::UnicodeSegments,
    PreTokenizer::BasicEnglish,
    PreTokenizer::Kim2014,
    PreTokenizer::Characters,
    PreTokenizer::Graphemes,
    PreTokenizer::Moses(Moses {
        language: MosesLanguage::En,
        aggressive_hyphens: false,
        escape: false,
    }),
];

#[derive(serde::Deserialize)]
struct MosesGolden {
    language: String,
    text: String,
    plain: Vec<String>,
    escaped: Vec<String>,
    hyphens: Vec<String>,
}

/// Made by `tests/golden/moses.py`.
#[test]
fn moses_equals_sacremoses_and_spans_hold_the_words() {
    let golden = include_str!("../../tests/golden/moses.json");
    let cases: Vec<MosesGolden> = serde_json::from_str(golden).unwrap();
    assert!(cases.len() > 500);
    for case in cases {
        let language = case.language.parse().unwrap();
        for (aggressive_hyphens, escape, expected) in [
            (false, false, &case.plain),
            (false, true, &case.escaped),
            (true, false, &case.hyphens),
        ] {
            let moses = PreTokenizer::Moses(Moses { language, aggressive_hyphens, escape });
            let context = format!("{moses} {escape} {aggressive_hyphens} {:?}", case.text);
            assert_eq!(words(moses.clone(), &case.text), *expected, "{context}");
            let mut last = 0;
            for token in tokens(moses, &case.text) {
                assert!(last <= token.start && token.start < token.end, "{context}");
                last = token.end;
                let slice = case.text[token.start..token.end].replace(|c: char| c < ' ', "");
                if !escape && token.text != "@-@" {
                    assert_eq!(token.text, slice, "{context}");
                }
            }
        }
    }
}

#[test]
fn regular_expressions_match_words_or_what_is_between_them() {
    let text = "a1, b22;;c";
    for (pre_tokenizer, expected) in [
        (PreTokenizer::regex("[a-z][0-9]*"), vec!["a1", "b22", "c"]),
        (PreTokenizer::regex("[0-9]*"), vec!["1", "22"]),
        (PreTokenizer::split("[,; ]+"), vec!["a1", "b22", "c"]),
        (PreTokenizer::split(";"), vec!["a1, b22", "c"]),
        (PreTokenizer::split("a"), vec!["1, b22;;c"]),
    ] {
        assert_eq!(words(pre_tokenizer.unwrap(), text), expected);
    }
    for (pattern, expected) in [
        ("(", "the regular expression \"(\" cannot be used: unclosed group; the syntax"),
        ("a(?=b)", "the regular expression \"a(?=b)\" cannot be used: look-around"),
        ("(a{1000}){1000}", "the regular expression \"(a{1000}){1000}\" cannot be used: Compiled"),
    ] {
        let error = PreTokenizer::regex(pattern).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_function_of_the_caller_gives_words_whose_spans_are_found() {
    let halves = PreTokenizer::custom(|text| {
        let (a, b) = text.split_once('|').unwrap_or((text, ""));
        vec![a, b, "", "<end>"]
    });
    let found = tokens(halves.clone(), "left|right");
    let places: Vec<_> = found.iter().map(|t| (&*t.text, t.start, t.end)).collect();
    assert_eq!(places, [("left", 0, 4), ("right", 5, 10), ("<end>", 10, 10)]);
    assert_eq!(halves, halves.clone());
    assert!(serde_json::to_string(&halves).is_err());

    let stems = PreTokenizer::custom_tokens(|text| {
        let stem = Token { text: Cow::Borrowed("go"), start: 0, end: text.len() };
        vec![stem.clone(), Token { end: 99, ..stem.clone() }, Token { start: 1, end: 0, ..stem }]
    });
    let places: Vec<_> =
        tokens(stems, "going").into_iter().map(|t| (t.text, t.start, t.end)).collect();
    let owned = |start, end| (Cow::<str>::Owned("go".to_owned()), start, end);
    assert_eq!(places, [owned(0, 5), owned(5, 5), owned(5, 5)]);
}

#[test]
fn graphemes_segments_and_bytes_join_to_the_text() {
    let text = "e\u{301}\u{1F468}\u{200D}\u{1F469} ok!";
    assert_eq!(
        words(PreTokenizer::Graphemes, text),
        ["e\u{301}", "\u{1F468}\u{200D}\u{1F469}", " ", "o", "k", "!"]
    );
    assert_eq!(
        words(PreTokenizer::UnicodeSegments, "It isn't 3.14, no"),
        ["It", "isn't", "3.14", ",", "no"]
    );
    let bytes = tokens(PreTokenizer::Bytes, "aé");
    let places: Vec<_> = bytes.iter().map(|t| (&*t.text, t.start, t.end)).collect();
    assert_eq!(places, [("a", 0, 1), ("<0xc3>", 1, 2), ("<0xa9>", 2, 3)]);
    for pre_tokenizer in [PreTokenizer::Bytes, PreTokenizer::Characters, PreTokenizer::Graphemes] {
        let found = words(pre_tokenizer.clone(), text);
        assert_eq!(pre_tokenizer.join(found.iter().map(String::as_str)), text, "{pre_tokenizer}");
    }
    assert_eq!(
        PreTokenizer::Bytes.join(["<0xc3>", "x", "<0x41>", "<pad>"].into_iter()),
        "\u{FFFD}x<0x41><pad>"
    );
}

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
        for pre_tokenizer in ALL.iter().cloned() {
            let mut last = 0;
            for token in tokens(pre_tokenizer, &case.text) {
                assert!(last <= token.start && token.start < token.end, "{:?}", case.text);
                let slice = &case.text[token.start..token.end];
                match &token.text {
                    Cow::Borrowed(word) => assert_eq!(*word, slice),
                    Cow::Owned(word) => {
                        assert_eq!(*word, slice.replace(|c| c == '"' || c < ' ', ""));
                    }
                }
                last = token.end;
            }
        }
    }
}

#[test]
fn names_are_read_back_and_a_slip_gets_the_nearest_one() {
    for pre_tokenizer in &ALL[..7] {
        assert_eq!(pre_tokenizer.name().parse::<PreTokenizer>().unwrap(), *pre_tokenizer);
        let json = serde_json::to_string(&pre_tokenizer).unwrap();
        assert_eq!(json, format!("{:?}", pre_tokenizer.name()));
    }
    for name in ["moses:de", "regex:[a-z:]+", "split:\\s", "bytes"] {
        let pre_tokenizer: PreTokenizer = name.parse().unwrap();
        assert_eq!(pre_tokenizer.to_string(), name);
        let json = serde_json::to_string(&pre_tokenizer).unwrap();
        assert_eq!(serde_json::from_str::<PreTokenizer>(&json).unwrap(), pre_tokenizer, "{json}");
    }
    assert_eq!("moses".parse::<PreTokenizer>().unwrap().to_string(), "moses:en");
    let error = "basic_english".parse::<PreTokenizer>().unwrap_err().to_string();
    assert!(
        error.starts_with(
            "unknown pre-tokenizer \"basic_english\" (did you mean \"basic-english\"?); \
             choose one of whitespace, unicode-words,"
        ),
        "{error}"
    );
    let error = "moses:xx".parse::<PreTokenizer>().unwrap_err().to_string();
    assert!(error.starts_with("unknown language of Moses' tokenizer \"xx\""), "{error}");
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
