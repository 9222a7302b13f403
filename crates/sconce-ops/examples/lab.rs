//! lab
use candle_core::{Device, Tensor};
use sconce_ops::linear;
use std::time::Instant;
fn med(mut f: impl FnMut()) -> f64 {
    for _ in 0..3 {
        f()
    }
    let mut v = vec![];
    let e = Instant::now();
    while e.elapsed().as_secs_f64() < 0.4 {
        let a = Instant::now();
        f();
        v.push(a.elapsed().as_secs_f64());
    }
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}
fn main() {
    for m in [1usize, 8, 16, 32, 48, 64, 800, 4096] {
        for (k, n) in [(384, 384), (384, 1536), (1536, 384), (768, 3072), (3072, 3072)] {
            let x = Tensor::ones((m, k), candle_core::DType::F32, &Device::Cpu).unwrap();
            let w = Tensor::ones((n, k), candle_core::DType::F32, &Device::Cpu).unwrap();
            let ours = med(|| {
                linear(&x, &w, None).unwrap();
            });
            let wt = w.t().unwrap();
            let cand = med(|| {
                x.matmul(&wt).unwrap();
            });
            let g = 2. * (m * k * n) as f64 / 1e9;
            println!(
                "{m:5} {k:5} {n:5} ours {:6.0} GF/s {:8.1}us  candle {:6.0} {:8.1}us",
                g / ours,
                ours * 1e6,
                g / cand,
                cand * 1e6
            );
        }
    }
}
