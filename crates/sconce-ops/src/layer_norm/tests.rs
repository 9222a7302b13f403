//! What is special to layer norm; the rest is tested with what it shares with RMS norm.

use candle_core::{Device, Tensor};
use sconce_testing::assert_close;

use super::*;

#[test]
fn rows_have_mean_zero_and_variance_one_whatever_they_are_shifted_by() {
    let x = Tensor::new(&[[1f32, 2., 4., 9.], [1001., 1002., 1004., 1009.]], &Device::Cpu).unwrap();
    let w = Tensor::ones(4, candle_core::DType::F32, &Device::Cpu).unwrap();
    let y = layer_norm(&x, &w, None, 0.).unwrap();
    let mean = y.mean(1).unwrap();
    assert_close("mean", &mean, &mean.zeros_like().unwrap(), 1e-5, 0.).unwrap();
    let variance = y.sqr().unwrap().mean(1).unwrap();
    assert_close("variance", &variance, &variance.ones_like().unwrap(), 1e-5, 0.).unwrap();
    assert_close("shift", &y.get(0).unwrap(), &y.get(1).unwrap(), 1e-4, 0.).unwrap();
}
