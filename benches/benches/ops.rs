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
    assert_equal_by_hand(&run(), [&x, &w, &b], &offsets);
    let mut group = criterion.benchmark_group("ops");
    // Multiplications and additions.
    group.throughput(Throughput::Elements((2 * n * DIM * 1200) as u64));
    group.bench_function("conv_max_over_time", |bencher| bencher.iter(|| black_box(run())));
    group.finish();
}

/// Compares the features of the longest sentence with the definition, in double precision.
fn assert_equal_by_hand(output: &Tensor, operands: [&Tensor; 3], offsets: &Offsets) {
    assert_eq!(output.dims(), [50, 300]);
    let [x, w, b] =
        operands.map(|operand| operand.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    let (row, words) = offsets.iter().enumerate().max_by_key(|(_, words)| words.len()).unwrap();
    let actual = output.get(row).unwrap().to_vec1::<f32>().unwrap();
    let product = |word: usize, tap: usize, filter: usize| -> f64 {
        let (x, w) = (&x[word * DIM..][..DIM], &w[(tap * 100 + filter) * DIM..][..DIM]);
        x.iter().zip(w).map(|(&x, &w)| f64::from(x) * f64::from(w)).sum()
    };
    for (feature, actual) in actual.into_iter().enumerate() {
        let (convolution, filter) = (feature / 100, feature % 100);
        let width = WIDTHS[convolution];
        let first_tap: usize = WIDTHS[..convolution].iter().sum();
        // A window ends with word `last`, which may lie beyond the sentence.
        let sums = (words.start..words.end + width - 1).map(|last| {
            let taps = (0..width).filter_map(|tap| {
                let word = (last + tap + 1).checked_sub(width)?;
                words.contains(&word).then(|| product(word, first_tap + tap, filter))
            });
            f64::from(b[feature]) + taps.sum::<f64>()
        });
        let expected = sums.fold(0., f64::max);
        let difference = (f64::from(actual) - expected).abs();
        assert!(difference <= 1e-4 * (1. + expected), "{feature}: {actual} is not {expected}");
    }
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
