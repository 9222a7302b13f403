//! Tables in Parquet.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::Corpus;
use sconce_text_pipeline_fuzz::{Choices, check_error, run};
use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder");
}

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, bytes) = Choices::split(data);
    FOLDER.with(|folder| {
        let path = folder.path().join("in.parquet");
        fs::write(&path, bytes).expect("the file is written");
        match Corpus::read(&path, &choices.read_options()) {
            Ok(corpus) => assert!(!corpus.examples().is_empty()),
            Err(error) => check_error(&error, "in.parquet"),
        }
    });
}));
