//! Reading back by file name, limits, batches.

use super::*;
use crate::{Normalizer, PreTokenizer, VocabularyOptions};

fn words() -> WordTokenizer {
    let options = VocabularyOptions::default();
    WordTokenizer::train(&["a b c"], Normalizer::default(), PreTokenizer::Whitespace, &options)
        .unwrap()
}

#[test]
fn a_saved_tokenizer_is_read_back_by_the_name_of_its_file() {
    let tokenizer = words();
    let file = tokenizer.to_file().unwrap();
    assert_eq!(file.name, "vocabulary.json");
    let loaded = load_tokenizer(&file).unwrap();
    assert_eq!(loaded.encode("c a zzz").unwrap(), tokenizer.encode("c a zzz").unwrap());
    assert_eq!(loaded.to_file().unwrap(), file);
}

#[test]
fn an_unknown_file_name_is_an_error() {
    let file = TokenizerFile { name: "vocab.txt".into(), bytes: Vec::new() };
    let error = load_tokenizer(&file).err().unwrap().to_string();
    assert!(error.starts_with("vocab.txt: unknown tokenizer file"), "{error}");
}

#[test]
fn a_limit_counts_only_the_ids_it_appends() {
    let tokenizer = words();
    for (max_length, expected, is_cut) in
        [(0, vec![9], true), (2, vec![9, 2, 3], true), (3, vec![9, 2, 3, 4], false)]
    {
        let mut ids = vec![9];
        assert_eq!(tokenizer.encode_ids_within("a b c", max_length, &mut ids).unwrap(), is_cut);
        assert_eq!(ids, expected);
    }
    let mut ids = Vec::new();
    assert!(!tokenizer.encode_ids_within("a b c", usize::MAX, &mut ids).unwrap());
}

#[test]
fn a_batch_is_encoded_in_order() {
    let tokenizer: Box<dyn Tokenizer> = Box::new(words());
    let texts: Vec<String> = (0..500).map(|i| "a ".repeat(i % 7)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let batch = tokenizer.encode_batch(&texts).unwrap();
    for (text, encoding) in texts.iter().zip(&batch) {
        assert_eq!(*encoding, tokenizer.encode(text).unwrap());
    }
    assert_eq!(batch.len(), texts.len());
}
