//! The file of a tokenizer over words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{Tokenizer, WordTokenizer};
use sconce_text_pipeline_fuzz::{Choices, check_error, check_text, run};

fuzz_target!(|data: &[u8]| run(|| {
    let (choices, bytes) = Choices::split(data);
    match WordTokenizer::from_bytes(bytes) {
        Ok(tokenizer) => {
            let file = tokenizer.to_file().expect("what was read can be written");
            assert_eq!(WordTokenizer::from_bytes(&file.bytes).expect("and read"), tokenizer);
            let text = String::from_utf8_lossy(bytes);
            check_text(&tokenizer, &text, choices);
        }
        Err(error) => check_error(&error, "vocabulary.json"),
    }
}));
