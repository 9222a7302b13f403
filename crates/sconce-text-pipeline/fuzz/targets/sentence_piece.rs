//! SentencePiece models, and texts under them.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::load_tokenizer_folder;
use sconce_text_pipeline_fuzz::{Choices, check_error, check_text, run};
use tempfile::TempDir;

/// Families by their configuration; the first is what a model says of itself.
const CONFIGS: [&str; 6] = [
    "{}",
    r#"{"tokenizer_class": "AlbertTokenizer"}"#,
    r#"{"tokenizer_class": "XLMRobertaTokenizer"}"#,
    r#"{"tokenizer_class": "CamembertTokenizer"}"#,
    r#"{"tokenizer_class": "T5Tokenizer"}"#,
    r#"{"tokenizer_class": "LlamaTokenizer"}"#,
];

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder");
}

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, bytes) = Choices::split(data);
    FOLDER.with(|folder| {
        let folder = folder.path();
        let config = CONFIGS[choices.below(CONFIGS.len() as u16)];
        fs::write(folder.join("tokenizer_config.json"), config).expect("the file is written");
        fs::write(folder.join("tokenizer.model"), bytes).expect("the file is written");
        match load_tokenizer_folder(folder) {
            Ok(tokenizer) => {
                check_text(tokenizer.as_ref(), "The  captain ﬁnds ½ whales,\n😀 «Über».", choices);
            }
            Err(error) => check_error(&error, &folder.display().to_string()),
        }
    });
}));
