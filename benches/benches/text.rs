//! Words to ids at memory speed.
#![allow(clippy::unwrap_used, reason = "a bench that fails has to stop")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sconce_text_pipeline::{Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn text(criterion: &mut Criterion) {
    let texts = benches::texts();
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let tokenizer = benches::tokenizer();
    let n_tokens: usize = texts.iter().map(|text| text.split_whitespace().count()).sum();
    assert_eq!(benches::encoded(&tokenizer).n_tokens(), n_tokens);
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("encode", |b| b.iter(|| benches::encoded(&tokenizer)));
    group.bench_function("train_vocabulary", |b| {
        let options = VocabularyOptions::default();
        b.iter(|| {
            let words = PreTokenizer::Whitespace;
            WordTokenizer::train(&texts, Normalizer::default(), words, &options).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benchmarks, text);
criterion_main!(benchmarks);
