//! The words of chunks are the words of the text, for every kind of pipeline.

use serde_json::{Value, json};
use tokenizers::{OffsetReferential, OffsetType};

use super::*;
use crate::test_support::{LANGUAGES, hostile_texts, random_texts};

fn pipelines() -> Vec<(Value, Value)> {
    let bert = |clean_text, chinese, strip: Value, lower| {
        json!({"type": "BertNormalizer", "clean_text": clean_text, "handle_chinese_chars": chinese,
               "strip_accents": strip, "lowercase": lower})
    };
    let bytes = |prefix, regex| {
        json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true,
               "use_regex": regex})
    };
    let split = |regex| {
        json!({"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false},
            bytes(false, false)]})
    };
    let metaspace = |scheme, split| json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split});
    let all = |steps: Vec<Value>| json!({"type": "Sequence", "normalizers": steps});
    let each = |steps: Vec<Value>| json!({"type": "Sequence", "pretokenizers": steps});
    let of = |name: &str| json!({"type": name});
    let replace = |pattern: Value, content: &str| json!({"type": "Replace", "pattern": pattern, "content": content});
    let charsmap = include_str!("../../tests/golden/small_charsmap.json");
    let charsmap: Value = serde_json::from_str(charsmap).unwrap();
    let charsmap = || json!({"type": "Precompiled", "precompiled_charsmap": charsmap["charsmap"]});
    let none = || Value::Null;
    vec![
        (none(), of("BertPreTokenizer")),
        (bert(true, true, none(), true), of("BertPreTokenizer")),
        (bert(true, true, none(), false), of("BertPreTokenizer")),
        (bert(false, false, json!(true), false), of("BertPreTokenizer")),
        (bert(true, false, json!(false), true), of("BertPreTokenizer")),
        (all(vec![of("NFD"), of("Lowercase"), of("StripAccents")]), of("BertPreTokenizer")),
        (none(), bytes(false, true)),
        (none(), bytes(true, true)),
        (of("NFC"), bytes(true, true)),
        (none(), split(byte_level::GPT2)),
        (none(), split(byte_level::LLAMA3)),
        (of("NFC"), split(byte_level::QWEN2)),
        (
            none(),
            each(vec![json!({"type": "Digits", "individual_digits": true}), bytes(true, true)]),
        ),
        (none(), of("Whitespace")),
        (of("Lowercase"), of("Whitespace")),
        (of("NFKC"), of("WhitespaceSplit")),
        (
            none(),
            each(vec![
                of("WhitespaceSplit"),
                json!({"type": "Punctuation", "behavior": "Isolated"}),
            ]),
        ),
        (none(), metaspace("always", true)),
        (of("NFKC"), metaspace("first", true)),
        (of("Nmt"), metaspace("never", true)),
        (charsmap(), each(vec![of("WhitespaceSplit"), metaspace("always", true)])),
        (all(vec![charsmap(), replace(json!({"Regex": " {2,}"}), "▁")]), metaspace("always", true)),
        (
            all(vec![
                replace(json!({"String": "``"}), "\""),
                replace(json!({"String": "''"}), "\""),
                of("NFKD"),
                of("StripAccents"),
                of("Lowercase"),
                charsmap(),
            ]),
            each(vec![of("WhitespaceSplit"), metaspace("always", true)]),
        ),
        (
            all(vec![
                json!({"type": "Strip", "strip_left": true, "strip_right": true}),
                replace(json!({"Regex": " {2,}"}), " "),
            ]),
            metaspace("first", true),
        ),
        (
            all(vec![
                json!({"type": "Prepend", "prepend": "▁"}),
                replace(json!({"String": " "}), "▁"),
            ]),
            none(),
        ),
        (none(), metaspace("first", false)),
        (
            all(vec![
                charsmap(),
                replace(json!({"Regex": r"\A +| +\z"}), ""),
                replace(json!({"Regex": " {2,}"}), " "),
                replace(json!({"String": " "}), "▁"),
                replace(json!({"Regex": r"\A▁"}), "▁▁"),
            ]),
            metaspace("always", false),
        ),
    ]
}

type Words = (Vec<(String, (usize, usize))>, String);

fn words_of(pieces: &PreTokenizedString, start: usize, words: &mut Words) {
    for (word, (from, to), _) in pieces.get_splits(OffsetReferential::Original, OffsetType::Byte) {
        words.0.push((word.to_owned(), (start + from, start + to)));
        words.1.push_str(word);
    }
}

#[test]
fn the_words_of_chunks_are_the_words_of_the_text() {
    let mut texts = hostile_texts();
    texts.extend(LANGUAGES.iter().map(|(_, text)| (*text).to_owned()));
    texts.extend(random_texts(5, 3000));
    for (normalizer, pre_tokenizer) in pipelines() {
        let name = format!("{pre_tokenizer} after {}", normalizer["type"]);
        let normalizer: Option<NormalizerWrapper> = serde_json::from_value(normalizer).unwrap();
        let pre_tokenizer: Option<PreTokenizerWrapper> =
            serde_json::from_value(pre_tokenizer).unwrap();
        let fast = FastWords::new(normalizer.as_ref(), pre_tokenizer.as_ref());
        let fast = fast.unwrap_or_else(|| panic!("{name} is not known"));
        let exact = Steps::new(normalizer, pre_tokenizer);
        let mut n_chunks = 0;
        for text in &texts {
            let (mut expected, mut got) = (Words::default(), Words::default());
            words_of(&exact.words(text).unwrap(), 0, &mut expected);
            let mut chunks = Vec::new();
            fast.chunks(text, |chunk| {
                chunks.push(chunk.text);
                words_of(&fast.words(chunk)?, chunk.start, &mut got);
                tokenizers::Result::Ok(())
            })
            .unwrap();
            n_chunks += chunks.len();
            if fast.is_one_word() {
                assert_eq!(got.1, expected.1, "{name}: {text:?} in {chunks:?}");
            } else {
                assert_eq!(got.0, expected.0, "{name}: {text:?} in {chunks:?}");
            }
        }
        assert!(n_chunks > texts.len(), "{name}: {n_chunks} chunks");
    }
}

#[test]
fn what_looks_across_spaces_is_not_cut() {
    let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always",
                           "split": false});
    let cases = [
        (Value::Null, json!({"type": "Punctuation", "behavior": "Isolated"})),
        (Value::Null, json!({"type": "CharDelimiterSplit", "delimiter": "x"})),
        (Value::Null, json!({"type": "UnicodeScripts"})),
        (
            Value::Null,
            json!({"type": "Sequence", "pretokenizers": [metaspace, {"type": "Whitespace"}]}),
        ),
        (
            Value::Null,
            json!({"type": "Split", "pattern": {"Regex": "a b"}, "behavior": "Isolated",
                             "invert": false}),
        ),
        (
            json!({"type": "Replace", "pattern": {"Regex": "a b"}, "content": "c"}),
            json!({"type": "Whitespace"}),
        ),
        (
            json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}),
            json!({"type": "Whitespace"}),
        ),
    ];
    for (normalizer, pre_tokenizer) in cases {
        let normalizer: Option<NormalizerWrapper> = serde_json::from_value(normalizer).unwrap();
        let pre_tokenizer: PreTokenizerWrapper =
            serde_json::from_value(pre_tokenizer.clone()).unwrap();
        assert!(FastWords::new(normalizer.as_ref(), Some(&pre_tokenizer)).is_none());
    }
}
