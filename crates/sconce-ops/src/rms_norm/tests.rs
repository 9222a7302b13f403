//! What is special to RMS norm; the rest is tested with what it shares with layer norm.

use candle_core::{DType, Device, Tensor};
use sconce_testing::assert_close;

use super::*;

#[test]
fn the_norm_is_a_matter_of_direction_alone() {
    let x = Tensor::new(&[[3f64, 4.], [0.3, 0.4], [300., 400.]], &Device::Cpu).unwrap();
    let w = Tensor::ones(2, DType::F64, &Device::Cpu).unwrap();
    // |(3, 4)| / sqrt(2) is 5 / sqrt(2).
    let root = 2f64.sqrt();
    let expected = Tensor::new(&[[0.6 * root, 0.8 * root]; 3], &Device::Cpu).unwrap();
    assert_close("y", &rms_norm(&x, &w, 0.).unwrap(), &expected, 1e-12, 0.).unwrap();
}

#[test]
fn half_precision_rounds_before_the_weight_as_llama_does() {
    let x = Tensor::new(&[1f32, 2., 4., 7.], &Device::Cpu).unwrap();
    let w = Tensor::new(&[3f32, 5., 7., 9.], &Device::Cpu).unwrap().to_dtype(DType::BF16).unwrap();
    let half = rms_norm(&x.to_dtype(DType::BF16).unwrap(), &w, 1e-6).unwrap();
    let ones = Tensor::ones(4, DType::F32, &Device::Cpu).unwrap();
    let rounded = rms_norm(&x, &ones, 1e-6).unwrap().to_dtype(DType::BF16).unwrap();
    assert_close("bf16", &half, &(rounded * w).unwrap(), 0., 0.).unwrap();
}
