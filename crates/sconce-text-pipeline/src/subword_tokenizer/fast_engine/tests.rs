//! Both engines give the same, for every kind of tokenizer and whatever the text.

mod real;

use std::path::Path;

use serde_json::{Value, json};

use crate::encoding::Input;
use crate::test_support::{
    FOLDERS, LANGUAGES, endless_texts, hostile_texts, random_texts, tokenizer,
};
use crate::tokenizer::Tokenizer as _;
use crate::truncation::{Truncate, Truncation, Windows};
use crate::{Encoding, SubwordTokenizer};

/// The `tokenizer.json` of a folder of `tests/golden/tokenizer_folders`.
fn file(folder: &str) -> Value {
    serde_json::from_slice(&tokenizer(folder).to_file().unwrap().bytes).unwrap()
}

fn read(file: &Value) -> SubwordTokenizer {
    SubwordTokenizer::from_bytes(&serde_json::to_vec(file).unwrap()).unwrap()
}

/// Pipelines beyond those of the folders, each over the vocabulary of one.
fn variants() -> Vec<(&'static str, Value)> {
    let bytes = |prefix, regex| {
        json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true,
               "use_regex": regex})
    };
    let changed = |folder: &str, changes: &[(&str, Value)]| {
        let mut file = file(folder);
        for (key, value) in changes {
            file[*key] = value.clone();
        }
        file
    };
    let llama3 = json!({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"},
         "behavior": "Isolated", "invert": false}, bytes(false, false)]});
    let template = json!({"type": "TemplateProcessing",
        "single": [{"Sequence": {"id": "A", "type_id": 3}}, {"SpecialToken": {"id": "x", "type_id": 1}}],
        "pair": [{"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "x", "type_id": 1}},
                 {"Sequence": {"id": "A", "type_id": 2}}],
        "special_tokens": {"x": {"id": "x", "ids": [2, 3], "tokens": ["p", "q"]}}});
    let sequence = |steps: Vec<Value>| json!({"type": "Sequence", "processors": steps});
    let token = |id: u32,
                 content: &str,
                 left: bool,
                 right: bool,
                 single: bool,
                 normalized: bool| {
        json!({"id": id, "content": content, "lstrip": left, "rstrip": right, "single_word": single,
               "normalized": normalized, "special": false})
    };
    let words = json!({"type": "WordLevel", "unk_token": "[UNK]",
        "vocab": {"[UNK]": 0, "a": 1, "film": 2, "the": 3, "!": 4, ".": 5, "an": 6, "'": 7}});
    let all = |steps: Vec<Value>| json!({"type": "Sequence", "normalizers": steps});
    let mut variants = vec![
        (
            "gpt2 with a space before texts",
            changed(
                "gpt2",
                &[("pre_tokenizer", bytes(true, true)), ("post_processor", bytes(true, true))],
            ),
        ),
        (
            "gpt2 with another prefix in its post-processor",
            changed("gpt2", &[("post_processor", bytes(true, true))]),
        ),
        (
            "gpt2, trimmed, in a template",
            changed(
                "gpt2",
                &[("post_processor", sequence(vec![bytes(false, true), template.clone()]))],
            ),
        ),
        (
            "gpt2, trimmed twice",
            changed(
                "gpt2",
                &[("post_processor", sequence(vec![bytes(false, true), bytes(false, true)]))],
            ),
        ),
        (
            "gpt2, trimmed after a template",
            changed(
                "gpt2",
                &[("post_processor", sequence(vec![template.clone(), bytes(false, true)]))],
            ),
        ),
        ("gpt2 after NFC", changed("gpt2", &[("normalizer", json!({"type": "NFC"}))])),
        ("gpt2 as one word", changed("gpt2", &[("pre_tokenizer", bytes(false, false))])),
        ("llama 3", changed("gpt2", &[("pre_tokenizer", llama3)])),
        (
            "bert without a normalizer",
            changed("bert_cased", &[("normalizer", Value::Null), ("post_processor", template)]),
        ),
        (
            "bert by steps",
            changed(
                "bert_uncased",
                &[(
                    "normalizer",
                    all(vec![
                        json!({"type": "NFD"}),
                        json!({"type": "Lowercase"}),
                        json!({"type": "StripAccents"}),
                    ]),
                )],
            ),
        ),
        (
            "word level",
            changed(
                "bert_uncased",
                &[
                    ("normalizer", Value::Null),
                    ("pre_tokenizer", json!({"type": "Whitespace"})),
                    ("post_processor", Value::Null),
                    ("added_tokens", json!([])),
                    ("model", words.clone()),
                ],
            ),
        ),
        (
            "word level in lower case",
            changed(
                "bert_uncased",
                &[
                    ("normalizer", json!({"type": "Lowercase"})),
                    ("pre_tokenizer", json!({"type": "Whitespace"})),
                    ("post_processor", Value::Null),
                    ("added_tokens", json!([])),
                    ("model", words),
                ],
            ),
        ),
        (
            "llama with a normalizer",
            changed(
                "llama",
                &[
                    ("pre_tokenizer", Value::Null),
                    (
                        "normalizer",
                        all(vec![
                            json!({"type": "Prepend", "prepend": "▁"}),
                            json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}),
                        ]),
                    ),
                ],
            ),
        ),
        ("unigram as one word", changed("unigram_plain", &[("pre_tokenizer", Value::Null)])),
        (
            "trimmed",
            changed(
                "xlm_roberta",
                &[(
                    "normalizer",
                    all(vec![json!({"type": "Strip", "strip_left": true, "strip_right": true})]),
                )],
            ),
        ),
    ];
    for (name, folder, normalized) in [
        ("bert, added tokens", "bert_uncased", false),
        ("bert, added and normalized tokens", "bert_uncased", true),
        ("gpt2, added tokens", "gpt2", true),
        ("xlm_roberta, added tokens", "xlm_roberta", true),
        ("llama, added tokens", "llama", false),
    ] {
        let mut file = file(folder);
        let n_tokens = read(&file).vocab_size() as u32;
        let tokens = [
            token(n_tokens, "FILM", false, false, false, normalized),
            token(n_tokens + 1, "<x>", true, false, false, false),
            token(n_tokens + 2, "the", false, true, false, false),
            token(n_tokens + 3, "[un]", true, true, false, normalized),
            token(n_tokens + 4, "<x>ing", false, false, false, false),
        ];
        file["added_tokens"].as_array_mut().unwrap().extend(tokens);
        variants.push((name, file.clone()));
        let alone = token(n_tokens + 5, "ed", false, false, true, normalized);
        file["added_tokens"].as_array_mut().unwrap().push(alone);
        variants.push((name, file));
    }
    variants
}

fn shown<T>(result: crate::Result<T>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

/// Everything that can be asked, of both engines.
fn compare(name: &str, tokenizer: &SubwordTokenizer, texts: &[String]) {
    let cut = |max_length| Truncation { max_length, strategy: Truncate::LongestFirst };
    for (number, text) in texts.iter().enumerate() {
        let quoted: String = text.chars().take(200).collect();
        let about = format!("{name}: {quoted:?}");
        let other = &texts[(number * 7 + 1) % texts.len()];
        let words: Vec<&str> = text.split([' ', '\n']).collect();
        let truncation = cut(3 + number % 9);
        for (input, truncation) in [
            (Input::Text(text), None),
            (Input::Text(text), Some(&truncation)),
            (Input::Pair(text, other), None),
            (Input::Pair(text, other), Some(&truncation)),
            (Input::Words(&words), None),
            (Input::Words(&words), Some(&truncation)),
        ] {
            let expected = shown(tokenizer.encode_by_library(input, truncation));
            let got = shown(tokenizer.encode_input(input, truncation));
            assert_eq!(got, expected, "{about} {truncation:?}");
        }
        let mut ids = vec![99];
        let expected = shown(tokenizer.encode_by_library(Input::Text(text), None));
        let expected = expected.map(|encoding: Encoding| [&[99], &encoding.ids[..]].concat());
        assert_eq!(shown(tokenizer.encode_ids(text, &mut ids)).map(|()| ids), expected, "{about}");
        let mut ids = Vec::new();
        let expected = shown(tokenizer.encode_by_library(Input::Text(text), Some(&truncation)));
        let got = shown(tokenizer.encode_ids_within(text, truncation.max_length, &mut ids));
        let expected = expected.map(|encoding| (encoding.n_left_out > 0, encoding.ids));
        assert_eq!(got.map(|is_longer| (is_longer, ids)), expected, "{about}");
        if number % 4 == 0 && text.len() < 10_000 {
            let question: String = other.chars().take(5).collect();
            let windows = Windows { max_length: 20, stride: number % 5 };
            let expected = shown(tokenizer.windows_by_library(&question, text, &windows));
            let got = shown(tokenizer.encode_windows(&question, text, &windows));
            assert_eq!(got, expected, "{about} after {question:?}");
        }
    }
}

fn texts(seed: u64, n_random: usize) -> Vec<String> {
    let languages = LANGUAGES.iter().map(|(_, text)| (*text).to_owned());
    hostile_texts().into_iter().chain(languages).chain(random_texts(seed, n_random)).collect()
}

#[test]
fn both_engines_give_the_same_for_every_small_tokenizer() {
    let variants = variants();
    let folders = FOLDERS.iter().map(|folder| (*folder, file(folder)));
    for (name, file) in folders.chain(variants) {
        let tokenizer = read(&file);
        compare(name, &tokenizer, &texts(1, 400));
        let mut left = file.clone();
        left["truncation"] = json!({"direction": "Left", "max_length": 512,
                                    "strategy": "LongestFirst", "stride": 0});
        compare(&format!("{name}, left"), &read(&left), &texts(2, 60));
    }
}

#[test]
fn both_engines_give_the_same_for_texts_without_spaces() {
    for folder in ["bert_uncased", "gpt2", "llama", "xlm_roberta"] {
        compare(folder, &read(&file(folder)), &endless_texts());
    }
}

#[test]
fn most_kinds_of_tokenizers_have_the_fast_engine() {
    // One word a text, tokens that must stand alone.
    let slow = ["bpe_plain", "opt_like", "unigram_plain"];
    for folder in FOLDERS {
        let tokenizer = read(&file(folder));
        assert_eq!(tokenizer.fast().is_some(), !slow.contains(&folder), "{folder}");
        assert!(tokenizer.layout.is_some(), "{folder}");
    }
}

#[test]
fn threads_share_an_engine_and_agree() {
    let tokenizer = read(&file("gpt2"));
    let texts = texts(9, 2000);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = tokenizer.encode_batch(&texts).unwrap();
    let alone = read(&file("gpt2"));
    for (text, encoding) in texts.iter().zip(together) {
        assert_eq!(encoding, alone.encode(text).unwrap());
    }
}
