//! JSON lines of texts with labels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::Corpus;
use sconce_text_pipeline_fuzz::{Choices, check_error, run};

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, text) = Choices::split(data);
    match Corpus::from_reader(text, "in.jsonl", &choices.read_options()) {
        Ok(corpus) => assert!(!corpus.examples().is_empty()),
        Err(error) => check_error(&error, "in.jsonl"),
    }
}));
