//! Comma- and tab-separated tables.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{Corpus, Format, ReadOptions};
use sconce_text_pipeline_fuzz::{Choices, check_error, run};

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, text) = Choices::split(data);
    let format = Some([Format::Csv, Format::Tsv][choices.below(2)]);
    let options = ReadOptions { format, ..choices.read_options() };
    match Corpus::from_reader(text, "in.csv", &options) {
        Ok(corpus) => assert!(!corpus.examples().is_empty()),
        Err(error) => check_error(&error, "in.csv"),
    }
}));
