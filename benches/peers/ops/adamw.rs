//! `adamw`, `adamw_fused`: one step over 22.7 million parameters with dense gradients.

use candle_core::{DType, Device, Result, Tensor};
use sconce_ops::{AdamW, Decay, Init, Optimizer, ParamSpec, ParamStore};

use crate::data::noise;
use crate::handed::handed;
use crate::measure::Iterate;

const VOCAB: usize = 30_522;
const POSITIONS: usize = 512;
const HIDDEN: usize = 384;
const FFN: usize = 1536;
const LAYERS: usize = 6;

/// The tensors of MiniLM-L6-H384, in the order of the script.
pub fn shapes() -> Vec<Vec<usize>> {
    let norm = || [vec![HIDDEN], vec![HIDDEN]];
    let linear = |n_out: usize, n_in: usize| [vec![n_out, n_in], vec![n_out]];
    let mut shapes = vec![vec![VOCAB, HIDDEN], vec![POSITIONS, HIDDEN], vec![2, HIDDEN]];
    shapes.extend(norm());
    for _ in 0..LAYERS {
        shapes.extend((0..4).flat_map(|_| linear(HIDDEN, HIDDEN)));
        shapes.extend(norm());
        shapes.extend(linear(FFN, HIDDEN));
        shapes.extend(linear(HIDDEN, FFN));
        shapes.extend(norm());
    }
    shapes.extend(linear(HIDDEN, HIDDEN));
    shapes
}

/// Every parameter has a gradient and decays. They start so small that the first step shows.
pub fn build() -> Result<Iterate> {
    let store = ParamStore::new(&Device::Cpu, 1);
    let mut loss = Tensor::zeros((), DType::F32, &Device::Cpu)?;
    for (index, shape) in shapes().into_iter().enumerate() {
        let seed = 2 * index as u32;
        let spec = ParamSpec::new(shape.clone(), Init::Constant(0.));
        let param = store.root().get(&format!("tensor_{index}"), spec)?;
        param.var().set(&noise(seed, shape.clone(), 2e-3)?)?;
        let upstream = noise(seed + 1, shape, 1e-2)?;
        loss = (loss + handed(&param.tensor(), &upstream)?)?;
    }
    let gradients = store.backward(&loss)?;
    let mut optimizer = AdamW::with_decay(1e-2, Decay::Decoupled);
    Ok(Box::new(move || {
        optimizer.step(&store, &gradients, 1e-3)?;
        Ok(store.params().iter().map(|param| param.var().as_detached_tensor()).collect())
    }))
}
