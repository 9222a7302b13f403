//! How text is cut into words and made uniform.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{Moses, Normalizer, PreTokenizer, UnicodeForm};
use sconce_text_pipeline_fuzz::{Choices, run};

static ALL: LazyLock<[PreTokenizer; 9]> = LazyLock::new(all);

fn all() -> [PreTokenizer; 9] {
    [
        PreTokenizer::Whitespace,
        PreTokenizer::UnicodeWords,
        PreTokenizer::UnicodeSegments,
        PreTokenizer::BasicEnglish,
        PreTokenizer::Kim2014,
        PreTokenizer::Characters,
        PreTokenizer::Graphemes,
        PreTokenizer::regex(r"\w+|[^\w\s]").expect("an expression"),
        PreTokenizer::split(r"[\s,]*").expect("an expression"),
    ]
}

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, bytes) = Choices::split(data);
    let text = String::from_utf8_lossy(bytes);
    let normalizer = Normalizer {
        unicode: [None, Some(UnicodeForm::Nfc), Some(UnicodeForm::Nfkc)][choices.below(3)],
        strip_accents: choices.flag(),
        lowercase: choices.flag(),
    };
    let mut buffer = String::new();
    for pre_tokenizer in ALL.iter() {
        let mut last = 0;
        pre_tokenizer.for_each_token(&text, |token| {
            assert!(last <= token.start && token.start < token.end);
            let slice = text.get(token.start..token.end).expect("on the bounds of characters");
            assert!(!token.text.is_empty() && token.text.len() <= slice.len());
            let normalized = normalizer.normalize(&token.text);
            assert_eq!(normalizer.normalize_with(&token.text, &mut buffer), normalized);
            last = token.end;
        });
    }
    // Their words are not always slices of the text, nor their spans on the bounds of characters.
    for pre_tokenizer in [PreTokenizer::Bytes, PreTokenizer::Moses(Moses::default())] {
        pre_tokenizer.for_each_token(&text, |token| {
            assert!(token.start <= token.end && token.end <= text.len());
        });
    }
}));
