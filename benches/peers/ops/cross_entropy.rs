//! `cross_entropy`: loss and gradient of given logits over a large vocabulary;
//! `linear_cross_entropy`: the same with the layer that makes the logits.

use candle_core::{Device, Result, Var, bail};
use sconce_ops::{CrossEntropy, ParamStore, Reduction};

use crate::data::{labels, noise, weight};
use crate::measure::Iterate;
use crate::params::{param, results};

const ROWS: usize = 700;
const CLASSES: usize = 28_000;
const HIDDEN: usize = 384;

pub fn build() -> Result<Iterate> {
    let logits = Var::from_tensor(&noise(1, (ROWS, CLASSES), 4.)?)?;
    let targets = labels(ROWS, CLASSES as u32);
    let loss = CrossEntropy::default();
    Ok(Box::new(move || {
        let loss = loss.loss(logits.as_tensor(), &targets)?;
        let Some(gradient) = loss.backward()?.remove(&logits) else {
            bail!("cross_entropy: the logits got no gradient");
        };
        Ok(vec![loss, gradient])
    }))
}

pub fn build_with_linear() -> Result<Iterate> {
    let store = ParamStore::new(&Device::Cpu, 1);
    let x = param(&store.root(), "x", &noise(1, (ROWS, HIDDEN), 4.)?)?;
    let w = param(&store.root(), "weight", &weight(2, CLASSES, HIDDEN)?)?;
    let targets = labels(ROWS, CLASSES as u32);
    let loss = CrossEntropy::default();
    Ok(Box::new(move || {
        let loss = loss.linear_loss(&x.tensor(), &w, None, &targets, Reduction::Mean)?;
        let gradients = store.backward(&loss)?;
        results(&store, loss, &gradients)
    }))
}
