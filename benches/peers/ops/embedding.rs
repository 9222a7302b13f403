//! `embedding`: the rows of a packed batch, forward and backward.

use candle_core::{Device, Result, bail};
use sconce_ops::{Init, ParamSpec, ParamStore, embedding};

use crate::data::{labels, noise};
use crate::handed::handed;
use crate::measure::Iterate;

const TOKENS: usize = 800;
const VOCAB: usize = 30_522;
const DIM: usize = 384;

pub fn build() -> Result<Iterate> {
    let store = ParamStore::new(&Device::Cpu, 1);
    let table = store.root().get("weight", ParamSpec::new((VOCAB, DIM), Init::Constant(0.)))?;
    table.var().set(&noise(1, (VOCAB, DIM), 0.02)?)?;
    let (ids, upstream) = (labels(TOKENS, VOCAB as u32), noise(2, (TOKENS, DIM), 1.)?);
    Ok(Box::new(move || {
        let output = embedding(&table, &ids)?;
        let gradients = store.backward(&handed(&output, &upstream)?)?;
        let Some(gradient) = gradients.get(0) else {
            bail!("embedding: the table got no gradient");
        };
        Ok(vec![output, gradient.values().clone()])
    }))
}
