//! Folders of other files than `tokenizer.json`: the input is one of their files.
#![no_main]

use std::cell::LazyCell;
use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::load_tokenizer_folder;
use sconce_text_pipeline_fuzz::{Choices, check_error, check_text, run};
use tempfile::TempDir;

/// A golden folder, and the file of it that the input replaces.
const FILES: [(&str, &str); 8] = [
    ("bert_cased", "vocab.txt"),
    ("bert_cased", "tokenizer_config.json"),
    ("bert_cased", "added_tokens.json"),
    ("bert_cased", "special_tokens_map.json"),
    ("gpt2", "vocab.json"),
    ("gpt2", "merges.txt"),
    ("opt_like", "tokenizer_config.json"),
    ("roberta", "config.json"),
];

thread_local! {
    static FOLDERS: LazyCell<Vec<TempDir>> = LazyCell::new(|| FILES.map(|(name, _)| copy(name)).into());
}

fn copy(name: &str) -> TempDir {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/tokenizer_folders");
    let folder = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(golden.join(name)).expect(name) {
        let entry = entry.expect(name);
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect(name);
    }
    folder
}

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, bytes) = Choices::split(data);
    let chosen = choices.below(FILES.len() as u16);
    FOLDERS.with(|folders| {
        let folder = folders[chosen].path();
        fs::write(folder.join(FILES[chosen].1), bytes).expect("the file is written");
        match load_tokenizer_folder(folder) {
            Ok(tokenizer) => {
                check_text(tokenizer.as_ref(), "The  white\nwhale, 😀 [MASK].", choices)
            }
            Err(error) => check_error(&error, &folder.display().to_string()),
        }
    });
}));
