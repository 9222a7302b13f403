//! Questions and answers: SQuAD's JSON, JSON lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{QaCorpus, QaFormat, QaReadOptions};
use sconce_text_pipeline_fuzz::{Choices, check_error, run};

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, text) = Choices::split(data);
    let format = Some([QaFormat::Squad, QaFormat::Jsonl][choices.below(2)]);
    let options = QaReadOptions { format, lossy: choices.flag(), answers: choices.need() };
    match QaCorpus::from_reader(text, "in.json", &options) {
        Ok(corpus) => {
            for example in corpus.examples() {
                for answer in &example.answers {
                    let found = example.context.get(answer.start..answer.end());
                    assert_eq!(found, Some(answer.text.as_str()));
                }
            }
        }
        Err(error) => check_error(&error, "in.json"),
    }
}));
