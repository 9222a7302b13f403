//! Hugging Face's `tokenizer.json`, and texts under what it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::SubwordTokenizer;
use sconce_text_pipeline_fuzz::{Choices, check_error, check_text, run};

fuzz_target!(|data: &[u8]| run(|| {
    let (choices, bytes) = Choices::split(data);
    match SubwordTokenizer::from_bytes(bytes) {
        Ok(tokenizer) => {
            for text in ["", "The captain\u{301} ﬁnds ½ of 3 whales,\n\t«Über» 😀 [MASK] 你好."]
            {
                check_text(&tokenizer, text, choices);
            }
        }
        Err(error) => check_error(&error, "tokenizer.json"),
    }
}));
