//! The same for published tokenizers and published text, where they are on this machine.

use super::*;
use crate::tokenizer_folder::sentence_piece;
use crate::tokenizer_folder::settings::Settings;

/// How much of each file is compared: the library takes a second for three megabytes.
const N_BYTES: usize = 20_000;

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/data")
}

/// All files below a folder that end with `end`, by name.
fn files(folder: &Path, end: &str, found: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
}

fn real_tokenizers() -> Vec<(String, SubwordTokenizer)> {
    let root = data().join("tokenizers");
    let mut tokenizers = Vec::new();
    let mut found = Vec::new();
    for name in ["tokenizer.json", "vocab.txt"] {
        files(&root, name, &mut found);
    }
    for path in &found {
        let read = crate::load_tokenizer_folder(path.parent().unwrap()).unwrap();
        let bytes = read.to_file().unwrap().bytes;
        let tokenizer = SubwordTokenizer::from_bytes(&bytes).unwrap();
        tokenizers.push((path.display().to_string(), tokenizer));
    }
    let mut found = Vec::new();
    for end in [".model", ".model.v1", ".model.v3"] {
        files(&root, end, &mut found);
    }
    for path in &found {
        let settings = Settings::default();
        let parts = sentence_piece::read(path, &settings).unwrap();
        let tokenizer = SubwordTokenizer::from_parts(&parts, path, &settings).unwrap();
        tokenizers.push((path.display().to_string(), tokenizer));
    }
    tokenizers
}

/// The beginnings of reviews and of treebanks, line by line.
fn real_texts() -> Vec<String> {
    let mut found = Vec::new();
    files(&data().join("imdb"), "train.jsonl", &mut found);
    for folder in ["ud_multilingual", "ud_english_ewt"] {
        files(&data().join(folder), "-test.conllu", &mut found);
    }
    files(&data().join("tokenizers"), ".txt", &mut found);
    let mut texts = Vec::new();
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(N_BYTES)]);
        let lines = start.lines().map(|line| line.strip_prefix("# text = ").unwrap_or(line));
        texts.extend(lines.filter(|line| !line.contains('\t')).map(str::to_owned));
    }
    texts
}

/// `target/data` is where the shared archives are unpacked to; they cannot be a part of the
/// repository.
#[test]
fn both_engines_give_the_same_for_published_tokenizers() {
    let (tokenizers, real) = (real_tokenizers(), real_texts());
    if tokenizers.is_empty() || real.is_empty() {
        eprintln!("skipped: {} is not there", data().display());
        return;
    }
    for (name, tokenizer) in tokenizers {
        let is_fast = tokenizer.fast().is_some();
        println!("{name}: {}", if is_fast { "by chunks" } else { "as a whole" });
        compare(&name, &tokenizer, &texts(3, 200));
        compare(&name, &tokenizer, &real);
    }
}
