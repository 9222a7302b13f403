//! One side of the cases of `cargo xtask bench --peers text` that no command of `sconce` is:
//! measures one of them and prints one line of JSON. The other side, and what is equal on both,
//! stands in the scripts beside this file.
//!
//! ```text
//! text_peer offsets REVIEWS.jsonl TOKENIZER [--threads N]
//! text_peer reload CACHE [--threads N]
//! text_peer vocabulary LINES.txt [--threads N]
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints what it measured"
)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use sconce_text_pipeline::{
    Analyzer, Collator, Corpus, Need, ReadOptions, TokenCache, Vocabulary, VocabularyOptions,
    count_token_stream, load_tokenizer_path,
};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of the batch that is taken of an opened cache.
const BATCH: usize = 32;

type Outcome = Result<Value, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(mut measured) => {
            measured["peak_mb"] = peak_mb().into();
            println!("{measured}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Outcome {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(at) = words.iter().position(|word| *word == "--threads") {
        let n = words.get(at + 1).ok_or("--threads wants a number")?.parse()?;
        rayon::ThreadPoolBuilder::new().num_threads(n).build_global()?;
        words.drain(at..at + 2);
    }
    match words[..] {
        ["offsets", data, tokenizer] => offsets(data, tokenizer),
        ["reload", cache] => reload(cache),
        ["vocabulary", lines] => vocabulary(lines),
        _ => Err("offsets REVIEWS TOKENIZER, reload CACHE or vocabulary LINES".into()),
    }
}

/// Encodings with spans of all texts, which are in memory.
fn offsets(data: &str, tokenizer: &str) -> Outcome {
    let tokenizer = load_tokenizer_path(Path::new(tokenizer))?;
    let corpus = Corpus::read(data, &ReadOptions { labels: Need::Optional, ..Default::default() })?;
    let texts = corpus.texts();
    let start = Instant::now();
    let encodings = tokenizer.encode_batch(&texts)?;
    let seconds = start.elapsed().as_secs_f64();
    let tokens: usize = encodings.iter().map(|encoding| encoding.spans.len()).sum();
    Ok(json!({ "seconds": seconds, "rows": texts.len(), "tokens": tokens }))
}

/// A cache is opened, and its first rows become a batch.
fn reload(cache: &str) -> Outcome {
    let start = Instant::now();
    let cache = TokenCache::open(cache)?;
    let rows: Vec<usize> = (0..cache.dataset().len().min(BATCH)).collect();
    let batch = Collator::new(cache.dataset()).collate(&rows)?;
    let seconds = start.elapsed().as_secs_f64();
    let (rows, tokens) = (cache.dataset().len(), batch.ids.len());
    Ok(json!({ "seconds": seconds, "rows": rows, "tokens": tokens }))
}

/// Words of a file are counted while it is read, and put in order.
fn vocabulary(lines: &str) -> Outcome {
    let start = Instant::now();
    let lines = BufReader::with_capacity(1 << 20, File::open(lines)?).lines();
    let counts = count_token_stream(lines, &Analyzer::default())?;
    let vocabulary = Vocabulary::build(&counts, &VocabularyOptions::default())?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({ "seconds": seconds, "words": counts.total(), "vocabulary": vocabulary.len() }))
}

/// The largest resident size in MB (2^20 bytes), where the system tells: on Linux.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.)
}
