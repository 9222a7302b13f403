//! The heavy operations at the sizes of TextCNN on sentences of reviews.
#![allow(clippy::unwrap_used, reason = "a bench that fails has to stop")]

use std::hint::black_box;

use candle_core::{Device, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sconce_ops::{
    AdamW, Init, Offsets, Optimizer, ParamSpec, ParamStore, conv_max_over_time, embedding,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DIM: usize = 300;
const VOCAB: usize = 18_000;
const WIDTHS: [usize; 3] = [3, 4, 5];

fn wavy(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * i % 97) as f32 * 0.37).sin()).collect()
}

/// Convolutions with max-over-time pooling, forward.
fn convolutions(criterion: &mut Criterion) {
    let offsets = Offsets::from_lengths((0..50).map(|i| 5 + i * 7 % 33));
    let n = offsets.n_tokens();
    let tensor = |shape: &[usize]| {
        Tensor::from_vec(wavy(shape.iter().product()), shape, &Device::Cpu).unwrap()
    };
    let (x, w, b) = (tensor(&[n, DIM]), tensor(&[12, 100, DIM]), tensor(&[300]));
    let run = || conv_max_over_time(&x, &w, &b, &offsets, &WIDTHS).unwrap();
    assert_eq!(run().dims(), [50, 300]);
    let mut group = criterion.benchmark_group("ops");
    // Multiplications and additions.
    group.throughput(Throughput::Elements((2 * n * DIM * 1200) as u64));
    group.bench_function("conv_max_over_time", |bencher| bencher.iter(|| black_box(run())));
    group.finish();
}

/// AdamW over a word embedding whose gradient has the rows of one batch.
fn adamw(criterion: &mut Criterion) {
    let store = ParamStore::new(&Device::Cpu, 1);
    let spec = ParamSpec::new((VOCAB, DIM), Init::Uniform { low: -0.25, high: 0.25 });
    let table = store.root().get("weight", spec).unwrap();
    let mut optimizer = AdamW::default();
    let gradients = |ids: Vec<u32>| {
        let loss = embedding(&table, &ids).unwrap().sqr().unwrap().sum_all().unwrap();
        store.backward(&loss).unwrap()
    };
    // Every row has been touched, as after an epoch.
    optimizer.step(&store, &gradients((0..VOCAB as u32).collect()), 1e-3).unwrap();
    let gradients = gradients((0..1000).map(|i| i * 13 % VOCAB as u32).collect());
    let before = table.tensor().get(17_999).unwrap().to_vec1::<f32>().unwrap();
    optimizer.step(&store, &gradients, 1e-3).unwrap();
    let after = table.tensor().get(17_999).unwrap().to_vec1::<f32>().unwrap();
    assert_ne!(before, after, "a row without a gradient coasts on its moments");
    let mut group = criterion.benchmark_group("ops");
    group.throughput(Throughput::Elements((VOCAB * DIM) as u64));
    group.bench_function("adamw_rows", |bencher| {
        bencher.iter(|| optimizer.step(&store, &gradients, 1e-3).unwrap());
    });
    group.finish();
}

criterion_group!(benchmarks, convolutions, adamw);
criterion_main!(benchmarks);
