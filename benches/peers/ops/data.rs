//! Numbers that both sides make for themselves, bit by bit the same.

use candle_core::{Device, Result, Shape, Tensor};

/// Lengths of sentences in tokens, as the script explains; 800 together.
#[rustfmt::skip]
pub const SENTENCES: [usize; 32] = [
    23, 36, 13, 28, 18, 49, 9, 26, 31, 16, 34, 22, 40, 12, 25, 30,
    17, 6, 33, 24, 44, 20, 15, 27, 38, 11, 22, 32, 17, 35, 21, 26,
];

/// Lengths in words; 640 together.
#[rustfmt::skip]
pub const WORDS: [usize; 32] = [
    18, 30, 10, 23, 14, 41, 6, 21, 25, 12, 28, 17, 33, 9, 20, 24,
    13, 4, 27, 19, 36, 15, 11, 22, 32, 8, 17, 26, 13, 29, 16, 21,
];

/// Sentences of one length, which need no padding.
pub const EQUAL: [usize; 32] = [26; 32];

/// A tensor of hashed numbers between -`scale` and `scale`.
pub fn noise(seed: u32, shape: impl Into<Shape>, scale: f32) -> Result<Tensor> {
    let shape = shape.into();
    let values: Vec<f32> =
        (0..shape.elem_count() as u32).map(|index| scale * number(seed, index)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu)
}

/// A weight as PyTorch would start it: the scale follows the number of inputs.
pub fn weight(seed: u32, n_out: usize, n_in: usize) -> Result<Tensor> {
    noise(seed, (n_out, n_in), (1. / (n_in as f64).sqrt()) as f32)
}

/// Labels or ids below `bound`.
pub fn labels(n: usize, bound: u32) -> Vec<u32> {
    (0..n as u32).map(|index| index * 7919 % bound).collect()
}

/// From -1 to 1 in steps of 2^-23.
pub fn number(seed: u32, index: u32) -> f32 {
    let mut x = index.wrapping_mul(0x9e37_79b1).wrapping_add(seed.wrapping_mul(0x85eb_ca77));
    x ^= x >> 15;
    x = x.wrapping_mul(0x2c1b_3c6d);
    x ^= x >> 12;
    x = x.wrapping_mul(0x297a_2d39);
    x ^= x >> 15;
    (x >> 8) as f32 / (1 << 23) as f32 - 1.
}
