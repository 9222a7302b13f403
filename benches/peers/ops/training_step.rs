//! `training_step_memory`: a step of a whole encoder, layers one after the other, then AdamW over
//! their weights.

use candle_core::{Device, Result};
use sconce_ops::{AdamW, Decay, Mode, Optimizer, ParamStore};

use crate::data::SENTENCES;
use crate::encoder::{Layer, N_PARAMS, input};
use crate::handed::handed;
use crate::measure::Iterate;
use crate::params::results;

const LAYERS: u32 = 6;

/// As a trainer does, this keeps the graph until the optimizer is through.
pub fn build() -> Result<Iterate> {
    let (offsets, x, upstream) = input(&SENTENCES)?;
    let store = ParamStore::new(&Device::Cpu, 1);
    let layer = |k| Layer::new(&store.root().pp(k), 10 + k * N_PARAMS);
    let layers = (0..LAYERS).map(layer).collect::<Result<Vec<_>>>()?;
    let mut optimizer = AdamW::with_decay(1e-2, Decay::Decoupled);
    Ok(Box::new(move || {
        let mut y = x.clone();
        for (layer, k) in layers.iter().zip(0..) {
            y = layer.forward(&y, &offsets, Mode::train(42, 1).layer(k))?;
        }
        let gradients = store.backward(&handed(&y, &upstream)?)?;
        optimizer.step(&store, &gradients, 1e-4)?;
        results(&store, y, &gradients)
    }))
}
