//! `cross_entropy`: loss and gradient of given logits over a large vocabulary.

use candle_core::{Result, Var, bail};
use sconce_ops::CrossEntropy;

use crate::data::{labels, noise};
use crate::measure::Iterate;

const ROWS: usize = 700;
const CLASSES: usize = 28_000;

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
