//! Prepares a data set once and opens it again, in memory that does not grow with it.
//!
//! ```console
//! $ cargo run --release -p sconce-text-pipeline --example prepare_a_cache                 # 8 MB of made-up text
//! $ cargo run --release -p sconce-text-pipeline --example prepare_a_cache -- 1000         # 1 GB of it
//! $ cargo run --release -p sconce-text-pipeline --example prepare_a_cache -- reviews.jsonl tokenizer.json
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use sconce_text_pipeline::{
    Example, Fingerprint, Normalizer, PreTokenizer, Prepare, Prepared, ReadOptions, TokenCache,
    Tokenizer, TokenizerFile, VocabularyOptions, WordTokenizer, load_tokenizer,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => made_up(8),
        [megabytes] => made_up(megabytes.parse()?),
        [data, tokenizer, ..] => file(Path::new(data), Path::new(tokenizer)),
    }
}

/// Texts of random words, made while they are encoded.
fn made_up(megabytes: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("made_up.cache");
    let words: Vec<String> = (0..5000).map(|word| format!("w{word}")).collect();
    let (normalizer, options) = (Normalizer::default(), VocabularyOptions::default());
    let tokenizer =
        WordTokenizer::train(&[words.join(" ")], normalizer, PreTokenizer::Whitespace, &options)?;

    let mut random = fastrand::Rng::with_seed(42);
    let mut n_bytes = 0;
    let examples = std::iter::from_fn(|| {
        let n_words = random.usize(1..400);
        let text: Vec<&str> =
            (0..n_words).map(|_| words[random.usize(..words.len())].as_str()).collect();
        let label = Some(["neg", "pos"][n_words % 2].to_owned());
        let example = Example { text: text.join(" "), label, ..Example::default() };
        n_bytes += example.text.len();
        (n_bytes < megabytes * 1_000_000).then_some(Ok(example))
    });
    let fingerprint = Fingerprint::builder().bytes("seed", &[42]).finish();
    let before = peak_megabytes();
    let (prepare, mut done) = (Prepare::new(&tokenizer), Prepared::default());
    let start = Instant::now();
    let cache = prepare.write(&path, fingerprint, examples, |so_far| done = so_far)?;
    report(&cache, done, start.elapsed());
    assert_eq!(cache.labels().map(|labels| labels.len()), Some(2));
    drop(cache);
    if let (Some(before), Some(after)) = (before, peak_megabytes()) {
        println!("memory: {before} MB at the start, {after} MB at most");
        assert!(after < 300, "whatever the size of the data");
    }
    reopen(|| TokenCache::open_for(&path, fingerprint))
}

/// A file with a Hugging Face tokenizer, as `sconce data prepare` does it.
fn file(data: &Path, tokenizer: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("data.cache");
    let name = tokenizer.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let tokenizer = load_tokenizer(&TokenizerFile { name, bytes: std::fs::read(tokenizer)? })?;
    let prepare = Prepare::new(&tokenizer as &dyn Tokenizer);
    let options = ReadOptions::default();
    let (start, mut done) = (Instant::now(), Prepared::default());
    let cache = prepare.file(data, &options, &path, |so_far| done = so_far)?;
    report(&cache, done, start.elapsed());
    drop(cache);
    reopen(|| prepare.file(data, &options, &path, |_| {}))
}

fn report(cache: &TokenCache, done: Prepared, took: Duration) {
    let Prepared { n_rows, n_tokens, n_bytes } = done;
    let megabytes = n_bytes as f64 / 1e6;
    let rate = megabytes / took.as_secs_f64();
    println!("{n_rows} rows, {n_tokens} tokens, {megabytes:.1} MB in {took:.2?}: {rate:.1} MB/s");
    println!("cache of {:.1} MB", cache.n_bytes() as f64 / 1e6);
    assert_eq!(cache.dataset().len(), n_rows);
}

fn reopen(open: impl Fn() -> sconce_text_pipeline::Result<TokenCache>) -> Result<()> {
    let start = Instant::now();
    let cache = open()?;
    println!("opened again in {:.2?}", start.elapsed());
    let start = Instant::now();
    cache.verify()?;
    println!("every byte verified in {:.2?}", start.elapsed());
    Ok(())
}

/// The most memory that this process has had, where the system tells (mapped pages included).
fn peak_megabytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? / 1024)
}
