//! What the tests of several data sets share: small tokenizers, and what transformers' example
//! scripts make of texts with them.

mod texts;

use std::path::Path;

use serde::Deserialize;

use crate::tokenizer::Tokenizer;
use crate::tokenizer_folder::load_tokenizer_folder;
pub(crate) use texts::{LANGUAGES, endless_texts, hostile_texts, random_texts};

/// The tokenizers of `tests/golden/tokenizer_folders`.
pub(crate) const FOLDERS: [&str; 14] = [
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

/// What one tokenizer makes of everything. Made by `tests/golden/tokenizer_tasks.py`.
#[derive(Deserialize)]
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) qa: Vec<Question>,
    pub(crate) tags: Vec<Tagged>,
    pub(crate) words: Vec<Words>,
}

#[derive(Deserialize)]
pub(crate) struct Question {
    pub(crate) question: String,
    pub(crate) context: String,
    pub(crate) answers: Vec<String>,
    pub(crate) starts: Vec<usize>,
    pub(crate) max_length: usize,
    pub(crate) stride: usize,
    pub(crate) windows: Vec<Window>,
}

#[derive(Deserialize)]
pub(crate) struct Window {
    pub(crate) ids: Vec<u32>,
    pub(crate) target: (u32, u32),
    pub(crate) spans: Vec<Option<(usize, usize)>>,
}

#[derive(Deserialize)]
pub(crate) struct Tagged {
    pub(crate) words: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) ids: Vec<u32>,
    pub(crate) first: Vec<i64>,
    pub(crate) all: Vec<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Words {
    pub(crate) text: String,
    pub(crate) words: Vec<i64>,
}

pub(crate) fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("../tests/golden/tokenizer_tasks.json")).unwrap()
}

/// A tokenizer of `tests/golden/tokenizer_folders`.
pub(crate) fn tokenizer(name: &str) -> Box<dyn Tokenizer> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tokenizer_folders");
    load_tokenizer_folder(&folders.join(name)).unwrap()
}
