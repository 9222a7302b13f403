//! Folders of every family against transformers (`tests/golden/tokenizer_folders.py`), real
//! vocabularies, and folders that cannot be read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::DecodeStream;
use crate::encoding::{Encoding, Input};
use crate::special_tokens::SpecialTokens;
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

const FOLDERS: [&str; 14] = [
    "albert",
    "bert_cased",
    "bert_uncased",
    "bpe_plain",
    "camembert",
    "gpt2",
    "llama",
    "llama_legacy",
    "opt_like",
    "qwen2",
    "roberta",
    "t5",
    "unigram_plain",
    "xlm_roberta",
];

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

#[derive(Deserialize)]
struct Reference {
    token_ids: Vec<u32>,
}

/// `target/data` is where the shared archive of tokenizers is unpacked to; it cannot be a part of
/// the repository.
#[test]
fn real_vocabularies_cut_whole_pages_as_the_reference_does() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest.join("../../target/data/tokenizers/rten/reftests");
    if !root.exists() {
        println!("skipped: {} is not there", root.display());
        return;
    }
    let folder = |name: &str, files: &[&str], config: &str| {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs::copy(root.join("models").join(name).join(file), folder.path().join(file)).unwrap();
        }
        fs::write(folder.path().join("tokenizer_config.json"), config).unwrap();
        load_tokenizer_folder(folder.path()).unwrap()
    };
    let uncased = folder("bert-base-uncased", &["vocab.txt"], "{}");
    let cased = folder("bert-base-cased", &["vocab.txt"], r#"{"do_lower_case": false}"#);
    let gpt2 = folder("gpt2", &["vocab.json", "merges.txt"], "{}");
    for (text, model, tokenizer) in [
        ("Rust_(programming_language)", "bert-base-uncased", &uncased),
        ("Metal_umlaut", "bert-base-uncased", &uncased),
        ("monty-python-credits", "bert-base-uncased", &uncased),
        ("Rust_(programming_language)", "bert-base-cased", &cased),
        ("monty-python-credits", "gpt2", &gpt2),
    ] {
        let page = fs::read_to_string(root.join(format!("{text}.txt"))).unwrap();
        let reference = fs::read(root.join(format!("{text}-{model}.json"))).unwrap();
        let reference: Reference = serde_json::from_slice(&reference).unwrap();
        let got = tokenizer.encode(&page).unwrap();
        assert_eq!(got.ids, reference.token_ids, "{text} by {model}");
    }
}

/// A copy of one of the golden folders, to break.
fn copy_of(name: &str) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tokenizer_folders");
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(root.join(name)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn a_folder_that_cannot_be_read_is_an_error_of_one_line() {
    type Break = fn(&Path);
    let cases: [(&str, Break, &str); 16] = [
        ("bert_uncased", |f| fs::remove_file(f.join("vocab.txt")).unwrap(), "no tokenizer; looked"),
        ("bert_uncased", |f| fs::write(f.join("vocab.txt"), "").unwrap(), "the file is empty"),
        (
            "bert_uncased",
            |f| fs::write(f.join("vocab.txt"), "[CLS]\n[SEP]\na\n").unwrap(),
            "the vocabulary has no \"[UNK]\"",
        ),
        (
            "bert_uncased",
            |f| fs::write(f.join("vocab.txt"), b"[UNK]\n\xFF\n").unwrap(),
            "vocab.txt:2: not valid UTF-8",
        ),
        (
            "bert_uncased",
            |f| fs::write(f.join("tokenizer_config.json"), r#"{"do_lower_case": 1}"#).unwrap(),
            "\"do_lower_case\" holds a number; true or false is needed",
        ),
        (
            "bert_uncased",
            |f| fs::write(f.join("tokenizer_config.json"), "{").unwrap(),
            "tokenizer_config.json: corrupt tokenizer file: EOF",
        ),
        (
            "bert_uncased",
            |f| {
                let config = r#"{"tokenizer_class": "CLIPTokenizerFast"}"#;
                fs::write(f.join("tokenizer_config.json"), config).unwrap();
            },
            "tokenizer class \"CLIPTokenizer\" is not known here",
        ),
        (
            "bert_cased",
            |f| fs::write(f.join("config.json"), r#"{"model_type": "blt"}"#).unwrap(),
            "model type \"blt\" is not known here",
        ),
        (
            "bert_cased",
            |f| fs::write(f.join("config.json"), r#"{"model_type": "gpt2"}"#).unwrap(),
            "not a file of the tokenizer family Gpt2",
        ),
        (
            "bert_cased",
            |f| fs::write(f.join("added_tokens.json"), r#"{"[X]": 7000}"#).unwrap(),
            "the added token \"[X]\" should have id 7000 but gets",
        ),
        (
            "gpt2",
            |f| fs::remove_file(f.join("merges.txt")).unwrap(),
            "merges.txt: no such file, but",
        ),
        (
            "gpt2",
            |f| fs::remove_file(f.join("vocab.json")).unwrap(),
            "vocab.json: no such file, but",
        ),
        (
            "gpt2",
            |f| fs::write(f.join("merges.txt"), "#version: 0.2\na b c\n").unwrap(),
            "merges.txt:2: a merge is two pieces",
        ),
        (
            "gpt2",
            |f| fs::write(f.join("merges.txt"), "zzz b\n").unwrap(),
            "vocab.json: corrupt tokenizer file: Token `zzz` out of vocabulary",
        ),
        (
            "roberta",
            |f| fs::write(f.join("vocab.json"), r#"{"a": 0}"#).unwrap(),
            "the vocabulary has no \"<s>\"",
        ),
        (
            "xlm_roberta",
            |f| fs::write(f.join("sentencepiece.bpe.model"), "IQ== 0\nIg== 1\n").unwrap(),
            "sentencepiece.bpe.model: corrupt tokenizer file: no SentencePiece model:",
        ),
    ];
    for (name, damage, expected) in cases {
        let folder = copy_of(name);
        damage(folder.path());
        let error = load_tokenizer_folder(folder.path()).err().unwrap().to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert!(!error.contains('\n'), "{error}");
        assert!(error.starts_with(&folder.path().display().to_string()), "{error}");
    }
    let missing = load_tokenizer_folder(Path::new("no/such")).err().unwrap();
    assert!(matches!(missing, Error::FileMissing { .. }));
}

#[test]
fn a_damaged_model_is_an_error_and_never_a_panic() {
    for (name, file) in [("xlm_roberta", "sentencepiece.bpe.model"), ("llama", "tokenizer.model")] {
        let folder = copy_of(name);
        let path = folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..100 {
            let mut bytes = whole.clone();
            if random.bool() {
                bytes.truncate(random.usize(..bytes.len()));
            }
            for _ in 0..random.usize(1..4) {
                let place = random.usize(..bytes.len().max(1));
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = random.u8(..));
            }
            fs::write(&path, &bytes).unwrap();
            if let Ok(tokenizer) = load_tokenizer_folder(folder.path()) {
                // It can still be a model.
                let _ = tokenizer.encode(CONTEXT);
            }
        }
    }
}

#[test]
fn the_kind_of_tokenizer_follows_from_the_file_that_is_there() {
    use crate::{Normalizer, PreTokenizer, VocabularyOptions};
    let words = WordTokenizer::train(
        &["a b"],
        Normalizer::default(),
        PreTokenizer::Whitespace,
        &VocabularyOptions::default(),
    );
    let folder = copy_of("bert_uncased");
    let tokenizer = load_tokenizer_folder(folder.path()).unwrap();
    assert_eq!(tokenizer.max_length(), Some(64));
    let file = tokenizer.to_file().unwrap();
    assert_eq!(file.name, "tokenizer.json");
    fs::write(folder.path().join(&file.name), &file.bytes).unwrap();
    let saved = load_tokenizer_folder(folder.path()).unwrap();
    assert_eq!(saved.to_file().unwrap(), file, "nothing to add, so byte for byte");
    let file = words.unwrap().to_file().unwrap();
    fs::write(folder.path().join(&file.name), &file.bytes).unwrap();
    assert_eq!(load_tokenizer_folder(folder.path()).unwrap().to_file().unwrap(), file);
}

#[test]
fn a_tokenizer_json_gets_the_tokens_that_its_configuration_adds() {
    let folder = copy_of("bert_uncased");
    let plain = load_tokenizer_folder(folder.path()).unwrap();
    let n = plain.vocab_size();
    fs::write(folder.path().join("tokenizer.json"), plain.to_file().unwrap().bytes).unwrap();
    let config = format!(
        r#"{{"tokenizer_class": "BertTokenizer", "pad_token": "[MASK]", "bos_token": null,
             "truncation_side": "left", "additional_special_tokens": ["<e1>"], "never_split": null,
             "model_max_length": 1000000000000000019884624838656,
             "added_tokens_decoder": {{"{n}": {{"content": "<e2>", "special": false}}}}}}"#
    );
    fs::write(folder.path().join("tokenizer_config.json"), config).unwrap();
    for _ in 0..2 {
        let tokenizer = load_tokenizer_folder(folder.path()).unwrap();
        assert_eq!(
            (tokenizer.id("<e2>"), tokenizer.id("<e1>")),
            (Some(n as u32), Some(n as u32 + 1))
        );
        assert_eq!((tokenizer.vocab_size(), tokenizer.max_length()), (n + 2, None));
        let special = tokenizer.special_tokens();
        assert_eq!((special.pad, special.bos), (tokenizer.id("[MASK]"), None));
        assert!(special.contains(n as u32 + 1) && !special.contains(n as u32));
        let mut ids = Vec::new();
        assert!(tokenizer.encode_ids_within("the <e2> dog <e1>", 4, &mut ids).unwrap());
        assert_eq!(ids, [2, tokenizer.id("dog").unwrap(), n as u32 + 1, 3], "the left side is cut");
        // Once more from what it saves.
        for file in [tokenizer.to_file().unwrap(), tokenizer.config_file().unwrap().unwrap()] {
            fs::write(folder.path().join(file.name), file.bytes).unwrap();
        }
    }
}
