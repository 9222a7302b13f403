//! What this machine can do at best: the figures that floors are computed from.

#![allow(clippy::unwrap_used, reason = "a bench that fails has to stop")]

use std::hint::black_box;

use candle_core::{Device, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// candle's matrix product, all threads: multiplications and additions a second.
fn matmul(criterion: &mut Criterion) {
    let n = 2048;
    let a = Tensor::ones((n, n), candle_core::DType::F32, &Device::Cpu).unwrap();
    assert_eq!(
        a.matmul(&a).unwrap().get(7).unwrap().get(9).unwrap().to_scalar::<f32>().unwrap(),
        n as f32
    );
    let mut group = criterion.benchmark_group("ceilings");
    group.throughput(Throughput::Elements((2 * n * n * n) as u64));
    group.sample_size(20);
    group.bench_function("matmul", |bencher| bencher.iter(|| black_box(a.matmul(&a).unwrap())));
    group.finish();
}

/// Three arrays of 5.5 million numbers read and written, all threads: the traffic of one AdamW step
/// over the words of the quickstart.
fn memory(criterion: &mut Criterion) {
    const BLOCK: usize = 1 << 14;
    let n = 5_500_000;
    let mut arrays = [vec![1f32; n], vec![1f32; n], vec![1f32; n]];
    let mut pass = || {
        let [a, b, c] = &mut arrays;
        let blocks =
            a.par_chunks_mut(BLOCK).zip(b.par_chunks_mut(BLOCK).zip(c.par_chunks_mut(BLOCK)));
        blocks.for_each(|(a, (b, c))| {
            for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                (*a, *b, *c) = (-*a, -*b, -*c);
            }
        });
        arrays[2][n - 1]
    };
    assert_eq!(pass(), -1.);
    let mut group = criterion.benchmark_group("ceilings");
    group.throughput(Throughput::Bytes(24 * n as u64));
    group.bench_function("memory", |bencher| bencher.iter(&mut pass));
    group.finish();
}

criterion_group!(benchmarks, matmul, memory);
criterion_main!(benchmarks);
