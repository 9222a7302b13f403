//! A small network of plain candle layers, trained on exclusive or through a `ParamStore`.
//!
//! `candle_nn::LayerNorm` cuts autograd without a word: nothing below it learns, while the loss
//! falls all the same, because the layer above it does. The audit says so in the first step; the
//! same layer normalization, spelled out in differentiable operations, trains.
//!
//! `cargo run -p sconce-ops --example repair_a_candle_model` prints
//!
//! ```text
//! no audit: the loss fell from 0.768 to 0.239, but first.weight did not move
//! audited:  no gradient reached first.weight, first.bias, norm.weight, norm.bias in the first step
//! repaired: the loss fell from 0.768 to 0.000
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use candle_core::{Device, Module, Result, Tensor};
use candle_nn::{LayerNorm, Linear};
use sconce_ops::{AdamW, GradientAudit, Optimizer, ParamStore, mean_squared_error};

const SEED: u64 = 1;

/// Two inputs, four hidden units, one output.
struct Network {
    first: Linear,
    norm: LayerNorm,
    last: Linear,
    /// Whether the normalization goes through operations that have a backward pass.
    repaired: bool,
}

impl Network {
    fn new(store: &ParamStore, repaired: bool) -> Result<Self> {
        let vars = store.var_builder();
        Ok(Self {
            first: candle_nn::linear(2, 4, vars.pp("first"))?,
            norm: candle_nn::layer_norm(4, 1e-5, vars.pp("norm"))?,
            last: candle_nn::linear(4, 1, vars.pp("last"))?,
            repaired,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let hidden = self.first.forward(x)?; // (4 rows, 4 units)
        let hidden = match self.norm.bias() {
            Some(bias) if self.repaired => {
                candle_nn::ops::layer_norm_slow(&hidden, self.norm.weight(), bias, 1e-5)?
            }
            _ => self.norm.forward(&hidden)?,
        };
        self.last.forward(&hidden.relu()?) // (4 rows, 1)
    }
}

/// Trains for 300 steps and gives the first loss and the last.
fn train(
    store: &ParamStore,
    network: &Network,
    mut audit: Option<GradientAudit>,
) -> Result<[f32; 2]> {
    let x = Tensor::new(&[[0f32, 0.], [0., 1.], [1., 0.], [1., 1.]], &Device::Cpu)?;
    let y = Tensor::new(&[[0f32], [1.], [1.], [0.]], &Device::Cpu)?;
    let mut optimizer = AdamW::default();
    let (mut first, mut last) = (f32::NAN, f32::NAN);
    for step in 0..300 {
        let loss = mean_squared_error(&network.forward(&x)?, &y)?;
        last = loss.to_scalar::<f32>()?;
        if step == 0 {
            first = last;
        }
        let gradients = store.backward(&loss)?;
        if let Some(audit) = &mut audit {
            audit.observe(store, &gradients)?;
        }
        optimizer.step(store, &gradients, 0.02)?;
    }
    Ok([first, last])
}

/// The values of the lowest layer's weight.
fn lowest(store: &ParamStore) -> Result<Vec<f32>> {
    match store.get("first.weight") {
        Some(param) => param.tensor().flatten_all()?.to_vec1(),
        None => candle_core::bail!("the network has no `first.weight`"),
    }
}

fn main() -> Result<()> {
    // Two stores of one seed hold the same values.
    let store = ParamStore::new(&Device::Cpu, SEED);
    let network = Network::new(&store, false)?;
    let before = lowest(&store)?;
    let [first, last] = train(&store, &network, None)?;
    println!("no audit: the loss fell from {first:.3} to {last:.3}, but first.weight did not move");
    assert!(last < first && last > 0.1 && lowest(&store)? == before);

    let store = ParamStore::new(&Device::Cpu, SEED);
    let network = Network::new(&store, false)?;
    let Err(found) = train(&store, &network, Some(GradientAudit::default())) else {
        candle_core::bail!("the audit did not see that `first.weight` gets no gradient")
    };
    let found = found.to_string();
    let what = found.split(['\n', ';']).next().unwrap_or_default();
    println!("audited:  {}", what.trim_start_matches("gradient audit: "));
    assert!(what.contains("no gradient reached first.weight, first.bias"));

    let store = ParamStore::new(&Device::Cpu, SEED);
    let network = Network::new(&store, true)?;
    let [first, last] = train(&store, &network, Some(GradientAudit::default()))?;
    println!("repaired: the loss fell from {first:.3} to {last:.3}");
    assert!(last < 0.01 && lowest(&store)? != before);
    Ok(())
}
