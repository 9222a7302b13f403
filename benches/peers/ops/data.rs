//! Numbers that both sides make for themselves, bit by bit the same.

use candle_core::{Device, Result, Shape, Tensor};

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
