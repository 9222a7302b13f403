//! A training step of TextCNN at the published sizes, whole and in its parts, and of the bag.
#![allow(clippy::unwrap_used, reason = "a bench that fails has to stop")]

use std::hint::black_box;

use candle_core::Device;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sconce_models::{
    BagConfig, EncoderConfig, SequenceClassifier, TextCnnConfig, Tokens, WordModelConfig,
};
use sconce_ops::{AdamW, CrossEntropy, Mode, Offsets, Optimizer, ParamStore};
use sconce_text_pipeline::{BatchSampler, Collator, EncodedDataset, PackedBatch, Tokenizer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 50;

/// A model in training.
struct Subject {
    model: SequenceClassifier,
    store: ParamStore,
    optimizer: AdamW,
    batches: Vec<PackedBatch>,
    step: usize,
}

impl Subject {
    fn new(encoder: impl Into<EncoderConfig>, data: &EncodedDataset, vocab_size: usize) -> Self {
        let mut config = WordModelConfig::classifier(encoder, vocab_size, 300, ["neg", "pos"]);
        config.classifier_dropout = 0.5;
        let store = ParamStore::new(&Device::Cpu, 42);
        let model = SequenceClassifier::new(&config.into(), &store.root()).unwrap();
        let sampler =
            BatchSampler { shuffle: true, drop_last: true, ..BatchSampler::new(data.len(), BATCH) };
        let collator = Collator::new(data);
        let batches =
            sampler.batches(0).iter().map(|rows| collator.collate(rows).unwrap()).collect();
        Self { model, store, optimizer: AdamW::default(), batches, step: 0 }
    }

    fn loss(&mut self) -> candle_core::Tensor {
        self.step += 1;
        let batch = &self.batches[self.step % self.batches.len()];
        let offsets = Offsets::new(batch.offsets.as_slice()).unwrap();
        let mode = Mode::train(1, self.step as u64);
        let logits = self.model.forward(&Tokens::new(&batch.ids, &offsets), mode).unwrap();
        CrossEntropy::default().loss(&logits, batch.labels()).unwrap()
    }

    fn train(&mut self) -> f32 {
        let loss = self.loss();
        let mut gradients = self.store.backward(&loss).unwrap();
        gradients.clip_norm(5.).unwrap();
        self.optimizer.step(&self.store, &gradients, 1e-3).unwrap();
        loss.to_scalar().unwrap()
    }
}

fn training(criterion: &mut Criterion) {
    let tokenizer = benches::tokenizer();
    let data = benches::encoded(&tokenizer);
    let mut group = criterion.benchmark_group("training");
    group.throughput(Throughput::Elements(BATCH as u64));
    let subjects: [(&str, EncoderConfig); 2] =
        [("textcnn", TextCnnConfig::default().into()), ("bag", BagConfig::default().into())];
    for (name, encoder) in subjects {
        let mut subject = Subject::new(encoder, &data, tokenizer.vocab_size());
        let first = subject.train();
        let last = (0..2 * subject.batches.len()).map(|_| subject.train()).last().unwrap();
        assert!(last < first, "{name}: the loss went from {first} to {last}");
        group.bench_function(format!("{name}/forward"), |b| b.iter(|| subject.loss()));
        group.bench_function(format!("{name}/backward"), |b| {
            let loss = subject.loss();
            b.iter(|| black_box(subject.store.backward(&loss).unwrap()));
        });
        group.bench_function(format!("{name}/step"), |b| b.iter(|| subject.train()));
    }
    group.finish();
}

criterion_group!(benchmarks, training);
criterion_main!(benchmarks);
