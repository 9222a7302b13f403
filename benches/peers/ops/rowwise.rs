//! `layer_norm`, `softmax`: over the last dimension, forward and backward.

use candle_core::{DType, Device, Result, Tensor};
use sconce_ops::{ParamStore, layer_norm, softmax};

use crate::data::noise;
use crate::measure::Iterate;
use crate::params::{backward, param};

pub fn build_layer_norm() -> Result<Iterate> {
    const SHAPE: (usize, usize) = (800, 384);
    let store = ParamStore::new(&Device::Cpu, 1);
    let (x, upstream) = (param(&store.root(), "x", &noise(1, SHAPE, 1.)?)?, noise(2, SHAPE, 1.)?);
    let ones = Tensor::ones(SHAPE.1, DType::F32, &Device::Cpu)?;
    let w = param(&store.root(), "weight", &ones)?;
    let b = param(&store.root(), "bias", &ones.zeros_like()?)?;
    Ok(Box::new(move || {
        let y = layer_norm(&x.tensor(), &w, Some((&b).into()), 1e-5)?;
        backward(&store, y, &upstream)
    }))
}

pub fn build_softmax() -> Result<Iterate> {
    const SHAPE: (usize, usize) = (9600, 64);
    let store = ParamStore::new(&Device::Cpu, 1);
    let (x, upstream) = (param(&store.root(), "x", &noise(1, SHAPE, 1.)?)?, noise(2, SHAPE, 1.)?);
    Ok(Box::new(move || backward(&store, softmax(&x.tensor())?, &upstream)))
}
