//! Words with tags: CoNLL columns, CoNLL-U, JSON lines; and what reads their tags.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{TagFormat, TagReadOptions, TagScheme, TaggedCorpus};
use sconce_text_pipeline_fuzz::{Choices, check_error, run};

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, text) = Choices::split(data);
    let format = [TagFormat::Conll, TagFormat::Conllu, TagFormat::Jsonl][choices.below(3)];
    let options = TagReadOptions {
        format: Some(format),
        lossy: choices.flag(),
        tags: choices.need(),
        token_column: choices.flag().then(|| "2".to_owned()),
        tag_column: choices.flag().then(|| "1".to_owned()),
    };
    match TaggedCorpus::from_reader(text, "in.conll", &options) {
        Ok(corpus) => {
            for sentence in corpus.sentences() {
                let (n_words, n_tags) = (sentence.tokens.len(), sentence.tags.len());
                assert!(n_words > 0 && (n_tags == 0 || n_tags == n_words));
            }
            let found = corpus.scheme();
            if let Err(error) = corpus.check(found) {
                check_error(&error, "in.conll");
            }
            let _ = corpus.convert(found, TagScheme::Bioes);
        }
        Err(error) => check_error(&error, "in.conll"),
    }
}));
