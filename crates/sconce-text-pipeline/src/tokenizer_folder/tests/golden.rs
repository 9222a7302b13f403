//! Folders of every family against transformers (`tests/golden/tokenizer_folders.py`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::DecodeStream;
use crate::encoding::{Encoding, Input};
use crate::special_tokens::SpecialTokens;
use crate::test_support::FOLDERS;
use crate::tokenizer::load_tokenizer;
use crate::truncation::{Truncate, Truncation, Windows};

#[derive(Deserialize)]
struct Golden {
    vocab_size: usize,
    special: BTreeMap<String, Option<u32>>,
    all_special: Vec<u32>,
    texts: Vec<Case>,
    pairs: Vec<Case>,
    truncated: Vec<Truncated>,
    words: Vec<Case>,
    windows: Vec<WindowCase>,
    decoded: Vec<Decoded>,
}

/// One encoding and what was encoded; -1 is none.
#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    text: String,
    #[serde(default)]
    first: String,
    #[serde(default)]
    second: String,
    #[serde(default)]
    input: Vec<String>,
    #[serde(default)]
    strategy: String,
    #[serde(default)]
    max_length: usize,
    #[serde(default)]
    n_left_out: usize,
    ids: Option<Vec<u32>>,
    #[serde(default)]
    spans: Vec<(usize, usize)>,
    #[serde(default)]
    words: Vec<i64>,
    #[serde(default)]
    sequences: Vec<i64>,
    #[serde(default)]
    types: Vec<u32>,
}

#[derive(Deserialize)]
struct Truncated {
    first: String,
    second: Option<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct WindowCase {
    max_length: usize,
    stride: usize,
    windows: Vec<Case>,
}

#[derive(Deserialize)]
struct Decoded {
    ids: Vec<u32>,
    text: String,
    plain: String,
}

impl Case {
    fn expect(&self, got: &Encoding, what: &str) {
        let some = |list: &[i64]| -> Vec<Option<u32>> {
            list.iter().map(|value| u32::try_from(*value).ok()).collect()
        };
        let sequences: Vec<Option<u32>> =
            got.sequence_ids.iter().map(|id| id.map(u32::from)).collect();
        assert_eq!(Some(&got.ids), self.ids.as_ref(), "ids of {what}");
        assert_eq!(got.spans, self.spans, "spans of {what}");
        assert_eq!(got.word_ids, some(&self.words), "words of {what}");
        assert_eq!(sequences, some(&self.sequences), "sequences of {what}");
        assert_eq!(got.type_ids, self.types, "types of {what}");
    }
}

/// Each folder's tokenizer as it was read, and as it is read from what it saves.
fn for_each_folder(mut f: impl FnMut(&str, &Golden, &dyn Tokenizer)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tokenizer_folders");
    for name in FOLDERS {
        let golden = fs::read(root.join(format!("{name}.json"))).unwrap();
        let golden: Golden = serde_json::from_slice(&golden).unwrap();
        let tokenizer = load_tokenizer_folder(&root.join(name)).unwrap();
        f(name, &golden, &*tokenizer);
        let saved = load_tokenizer(&tokenizer.to_file().unwrap()).unwrap();
        f(&format!("{name}, saved"), &golden, &*saved);
    }
}

#[test]
fn texts_are_cut_as_transformers_cuts_them() {
    for_each_folder(|name, golden, tokenizer| {
        for case in &golden.texts {
            let what = format!("{:?} by {name}", case.text);
            case.expect(&tokenizer.encode(&case.text).unwrap(), &what);
            let mut ids = vec![7];
            tokenizer.encode_ids(&case.text, &mut ids).unwrap();
            assert_eq!(Some(&ids[1..]), case.ids.as_deref(), "fast ids of {what}");
        }
    });
}

#[test]
fn pairs_are_joined_as_transformers_joins_them() {
    for_each_folder(|name, golden, tokenizer| {
        for case in &golden.pairs {
            let what = format!("{:?} and {:?} by {name}", case.first, case.second);
            let input = Input::Pair(&case.first, &case.second);
            case.expect(&tokenizer.encode_input(input, None).unwrap(), &what);
        }
    });
}

#[test]
fn words_are_cut_as_transformers_cuts_them() {
    for_each_folder(|name, golden, tokenizer| {
        for case in &golden.words {
            let words: Vec<&str> = case.input.iter().map(String::as_str).collect();
            let encoding = tokenizer.encode_input(Input::Words(&words), None).unwrap();
            case.expect(&encoding, &format!("{words:?} by {name}"));
        }
    });
}

#[test]
fn truncation_leaves_what_transformers_leaves() {
    for_each_folder(|name, golden, tokenizer| {
        for Truncated { first, second, cases } in &golden.truncated {
            let input = match second {
                Some(second) => Input::Pair(first, second),
                None => Input::Text(first),
            };
            for case in cases {
                let strategy = match case.strategy.as_str() {
                    "only_first" => Truncate::OnlyFirst,
                    "only_second" => Truncate::OnlySecond,
                    _ => Truncate::LongestFirst,
                };
                let max_length = case.max_length;
                let truncation = Truncation { max_length, strategy };
                let what = format!("{input:?} by {name} with {truncation:?}");
                let encoding = tokenizer.encode_input(input, Some(&truncation));
                if case.ids.is_none() {
                    assert!(matches!(encoding, Err(Error::TruncationTooShort { .. })), "{what}");
                    continue;
                }
                let encoding = encoding.unwrap();
                case.expect(&encoding, &what);
                assert_eq!(encoding.n_left_out, case.n_left_out, "{what}");
                if second.is_none() {
                    let mut ids = Vec::new();
                    let is_cut = tokenizer.encode_ids_within(first, max_length, &mut ids).unwrap();
                    assert_eq!((ids, is_cut), (encoding.ids, encoding.n_left_out > 0), "{what}");
                }
            }
        }
    });
}

const QUESTION: &str = "Where is the whale?";
const CONTEXT: &str = "The captain of the ship wrote the book about the white whale. Über Köln \
                       springt der Fuchs, and the reader of the book is 😀 amused. Привет, мир! The \
                       whale was not.";

#[test]
fn windows_are_the_overflow_of_transformers() {
    for_each_folder(|name, golden, tokenizer| {
        for WindowCase { max_length, stride, windows: expected } in &golden.windows {
            let windows = Windows { max_length: *max_length, stride: *stride };
            let got = tokenizer.encode_windows(QUESTION, CONTEXT, &windows).unwrap();
            assert_eq!(got.len(), expected.len(), "{name} with {windows:?}");
            for (number, (got, case)) in got.iter().zip(expected).enumerate() {
                case.expect(got, &format!("window {number} of {windows:?} by {name}"));
            }
        }
    });
}

#[test]
fn ids_are_decoded_as_transformers_decodes_them() {
    for_each_folder(|name, golden, tokenizer| {
        for Decoded { ids, text, plain } in &golden.decoded {
            assert_eq!(tokenizer.decode(ids, false).unwrap(), *text, "{name}");
            assert_eq!(tokenizer.decode(ids, true).unwrap(), *plain, "{name}");
        }
    });
}

#[test]
fn a_stream_tells_the_text_of_all_ids_and_never_half_a_character() {
    for_each_folder(|name, golden, tokenizer| {
        for Decoded { ids, text, plain } in &golden.decoded {
            for (skip_special, expected) in [(false, text), (true, plain)] {
                let mut stream = DecodeStream::new(tokenizer, skip_special);
                let mut told = String::new();
                for id in ids {
                    let piece = stream.push(*id).unwrap();
                    assert!(!piece.ends_with('\u{FFFD}'), "{name}: {piece:?}");
                    told.push_str(&piece);
                }
                told.push_str(&stream.finish().unwrap());
                assert_eq!(told, *expected, "{name}");
            }
        }
    });
}

#[test]
fn special_tokens_have_the_roles_that_transformers_gives_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tokenizer_folders");
    for_each_folder(|name, golden, tokenizer| {
        assert_eq!(tokenizer.vocab_size(), golden.vocab_size, "{name}");
        // What tokenizer.json alone cannot say is in the file beside it.
        let folder = tempfile::tempdir().unwrap();
        let tokenizer: Box<dyn Tokenizer> = match name.strip_suffix(", saved") {
            None => load_tokenizer_folder(&root.join(name)).unwrap(),
            Some(name) => {
                let read = load_tokenizer_folder(&root.join(name)).unwrap();
                for file in [read.to_file().unwrap(), read.config_file().unwrap().unwrap()] {
                    fs::write(folder.path().join(file.name), file.bytes).unwrap();
                }
                load_tokenizer_folder(folder.path()).unwrap()
            }
        };
        let SpecialTokens { cls, sep, pad, mask, bos, eos, unk, all } = tokenizer.special_tokens();
        let roles = [cls, sep, pad, mask, bos, eos, unk];
        for (role, got) in ["cls", "sep", "pad", "mask", "bos", "eos", "unk"].iter().zip(roles) {
            assert_eq!(*got, golden.special[*role], "{role} of {name}");
        }
        assert_eq!(*all, golden.all_special, "{name}");
    });
}
