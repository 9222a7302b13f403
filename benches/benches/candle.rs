//! The training step of TextCNN as candle's own layers offer it, for comparison: padded batches,
//! windows by `index_select`, candle's matrix products, and its AdamW. (`Conv1d` would be shorter,
//! but its gradients are wrong in candle 0.11.1 for more than one sentence and channel.)

#![allow(clippy::unwrap_used, reason = "a bench that fails has to stop")]

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{AdamW, Dropout, Embedding, Linear, Module, Optimizer, VarBuilder, VarMap};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sconce_text_pipeline::{BatchSampler, Collator, PaddedBatch, Tokenizer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 50;
const DIM: usize = 300;
const WIDTHS: [usize; 3] = [3, 4, 5];

struct TextCnn {
    embedding: Embedding,
    convolutions: Vec<Linear>,
    dropout: Dropout,
    classifier: Linear,
}

impl TextCnn {
    fn new(vocab: usize, vb: &VarBuilder) -> Result<Self> {
        let convolution = |k: &usize| candle_nn::linear(k * DIM, 100, vb.pp(format!("conv{k}")));
        Ok(Self {
            embedding: candle_nn::embedding(vocab, DIM, vb.pp("embedding"))?,
            convolutions: WIDTHS.iter().map(convolution).collect::<Result<_>>()?,
            dropout: Dropout::new(0.5),
            classifier: candle_nn::linear(300, 2, vb.pp("classifier"))?,
        })
    }

    /// `ids (batch, seq)` to logits `(batch, 2)`.
    fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let (batch, seq) = ids.dims2()?;
        let x = self.embedding.forward(ids)?; // (batch, seq, DIM)
        let pooled = WIDTHS.iter().zip(&self.convolutions).map(|(&k, convolution)| {
            let n_windows = seq + 1 - k;
            let taps = (0..k).map(|j| x.narrow(1, j, n_windows)).collect::<Result<Vec<_>>>()?;
            let windows = Tensor::cat(&taps, 2)?.reshape((batch * n_windows, k * DIM))?;
            let features = convolution.forward(&windows)?.relu()?;
            features.reshape((batch, n_windows, 100))?.max(1)
        });
        let pooled = Tensor::cat(&pooled.collect::<Result<Vec<_>>>()?, 1)?;
        self.classifier.forward(&self.dropout.forward(&pooled, true)?)
    }
}

fn candle(criterion: &mut Criterion) {
    let tokenizer = benches::tokenizer();
    let data = benches::encoded(&tokenizer);
    let sampler =
        BatchSampler { shuffle: true, drop_last: true, ..BatchSampler::new(data.len(), BATCH) };
    let collator = Collator::new(&data);
    let batches: Vec<(Tensor, Tensor)> = sampler
        .batches(0)
        .iter()
        .map(|rows| {
            let packed = collator.collate(rows).unwrap();
            let padded = PaddedBatch::from_packed(&packed, 0);
            let ids = Tensor::from_vec(padded.ids, (padded.batch, padded.seq), &Device::Cpu);
            (ids.unwrap(), Tensor::new(packed.labels(), &Device::Cpu).unwrap())
        })
        .collect();
    let vars = VarMap::new();
    let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
    let model = TextCnn::new(tokenizer.vocab_size(), &vb).unwrap();
    let mut optimizer = AdamW::new_lr(vars.all_vars(), 1e-3).unwrap();
    let mut step = 0;
    let mut train = || {
        step += 1;
        let (ids, labels) = &batches[step % batches.len()];
        let loss = candle_nn::loss::cross_entropy(&model.forward(ids).unwrap(), labels).unwrap();
        optimizer.backward_step(&loss).unwrap();
        loss.to_scalar::<f32>().unwrap()
    };
    let first = train();
    let last = (0..batches.len()).map(|_| train()).last().unwrap();
    assert!(last < first, "the loss went from {first} to {last}");
    let mut group = criterion.benchmark_group("candle");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.sample_size(20);
    group.bench_function("textcnn/step", |bencher| bencher.iter(&mut train));
    group.finish();
}

criterion_group!(benchmarks, candle);
criterion_main!(benchmarks);
