//! Any text under tokenizers of every family.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{Tokenizer, load_tokenizer_folder};
use sconce_text_pipeline_fuzz::{Choices, check_text, run};

static TOKENIZERS: LazyLock<Vec<Box<dyn Tokenizer>>> = LazyLock::new(|| {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/tokenizer_folders");
    let names = [
        "bert_uncased",
        "bert_cased",
        "gpt2",
        "roberta",
        "qwen2",
        "opt_like",
        "albert",
        "xlm_roberta",
        "camembert",
        "t5",
        "llama",
        "llama_legacy",
        "bpe_plain",
        "unigram_plain",
    ];
    let load = |name| load_tokenizer_folder(&golden.join(name)).expect(name);
    names.into_iter().map(load).collect()
});

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, bytes) = Choices::split(data);
    let text = String::from_utf8_lossy(bytes);
    let tokenizer = &TOKENIZERS[choices.below(TOKENIZERS.len() as u16)];
    check_text(tokenizer.as_ref(), &text, choices);
}));
