//! `matmul_{m}x{k}x{n}`: a linear layer without bias in inference.

use candle_core::Result;
use sconce_ops::linear;

use crate::data::{noise, weight};
use crate::measure::{Case, Iterate};

const ROWS: [usize; 6] = [1, 8, 32, 64, 800, 4096];
/// Inputs and outputs.
const SIZES: [(usize, usize); 4] = [(384, 384), (384, 1536), (1536, 384), (768, 3072)];

pub fn cases() -> impl Iterator<Item = Case> {
    let all = ROWS.into_iter().flat_map(|m| SIZES.into_iter().map(move |(k, n)| (m, k, n)));
    all.map(|(m, k, n)| Case::new(format!("matmul_{m}x{k}x{n}"), move || build(m, k, n)))
}

fn build(m: usize, k: usize, n: usize) -> Result<Iterate> {
    let (x, w) = (noise(1, (m, k), 1.)?, weight(2, n, k)?);
    Ok(Box::new(move || Ok(vec![linear(&x, &w, None)?])))
}
