//! Real vocabularies, which file is read, and folders that cannot be read.

mod golden;

use serde::Deserialize;

use super::*;

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
                let _ = tokenizer.encode("The captain ﬁnds ½ of the whales, 😀\n Über alles");
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

#[test]
fn words_that_are_never_split_stay_whole_and_keep_their_case() {
    let folder = copy_of("bert_uncased");
    let mut vocabulary = fs::read_to_string(folder.path().join("vocab.txt")).unwrap();
    let id = vocabulary.lines().count() as u32;
    vocabulary.push_str("Fuchs!\n");
    fs::write(folder.path().join("vocab.txt"), vocabulary).unwrap();
    for (config, expected) in [(r#"{"never_split": ["Fuchs!"]}"#, true), ("{}", false)] {
        fs::write(folder.path().join("tokenizer_config.json"), config).unwrap();
        let tokenizer = load_tokenizer_folder(folder.path()).unwrap();
        assert_eq!(tokenizer.encode("der Fuchs! the").unwrap().ids.contains(&id), expected);
        assert!(!tokenizer.special_tokens().contains(id));
    }
}

#[test]
fn models_that_expect_a_beginning_get_one_unless_the_settings_say_no() {
    let folder = copy_of("bpe_plain");
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    for (config, model, expected) in [
        ("{}", "{}", None),
        ("{}", r#"{"model_type": "mistral"}"#, Some(1)),
        (r#"{"tokenizer_class": "LlamaTokenizerFast"}"#, "{}", Some(1)),
        (r#"{"add_bos_token": false}"#, r#"{"model_type": "llama"}"#, None),
    ] {
        write("tokenizer_config.json", config);
        write("config.json", model);
        let ids = load_tokenizer_folder(folder.path()).unwrap().encode("the").unwrap().ids;
        assert_eq!(ids.first().copied().filter(|id| *id == 1), expected, "{config} {model}");
    }
}
