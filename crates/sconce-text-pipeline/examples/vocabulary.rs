//! The vocabulary of a text file of any size, one text a line: words are counted while the file is
//! read, and what is held in memory is the words that differ.
//!
//! ```text
//! cargo run --release -p sconce-text-pipeline --example vocabulary [FILE [MIN_FREQ]]
//! ```
//!
//! Without a file it counts a few sentences of its own, and checks what it shows.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::time::Instant;

use sconce_text_pipeline::{Analyzer, Vocabulary, VocabularyOptions, count_token_stream};

const SENTENCES: &str = "The plot is thin.\nThe leads carry it, and carry it well.\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lines: Box<dyn Iterator<Item = io::Result<String>> + Send> = match arguments.first() {
        Some(path) => Box::new(BufReader::with_capacity(1 << 20, File::open(path)?).lines()),
        None => Box::new(SENTENCES.as_bytes().lines()),
    };
    let start = Instant::now();
    let counts = count_token_stream(lines, &Analyzer::default())?;
    let min_freq = arguments.get(1).map_or(Ok(1), |n| n.parse())?;
    let options = VocabularyOptions { min_freq, ..VocabularyOptions::default() };
    let vocabulary = Vocabulary::build(&counts, &options)?;
    let seconds = start.elapsed().as_secs_f64();

    let most_frequent: Vec<&str> = vocabulary.tokens().skip(2).take(5).collect();
    println!("{} words, {} of them different, {seconds:.3} s", counts.total(), counts.len());
    println!("{} in the vocabulary, first of all {most_frequent:?}", vocabulary.len());
    if arguments.is_empty() {
        assert_eq!(most_frequent, [".", "carry", "it", "the", ","]);
    }
    Ok(())
}
