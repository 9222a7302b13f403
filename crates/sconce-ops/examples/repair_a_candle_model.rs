//! A small attention network of plain candle layers, repaired and trained on a `ParamStore`.
//!
//! `candle_nn::LayerNorm` and `softmax_last_dim` cut autograd without a word: nothing below the
//! normalization learns, while the loss falls all the same, because the layer above it does. The
//! audit says so in the first step and names the parameters; with [`softmax`] and [`layer_norm`] of
//! this crate in their place the network learns what it is meant to: whether a word of three letters begins and
//! ends with the same one.
//!
//! `cargo run -p sconce-ops --example repair_a_candle_model` prints
//!
//! ```text
//! as it was:     loss 0.852 to 0.546; moved: head.weight, head.bias
//! audited:       no gradient reached letters.weight, places, query.weight, key.weight, value.weight, norm.weight, norm.bias in the first step
//! norm repaired: no gradient reached query.weight, key.weight in the first step
//! both repaired: loss 0.852 to 0.002; moved: all
//! ```
//!
//! (A quarter of all words are of that kind; knowing just that gives a loss of 0.562.)
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use candle_core::{Device, Module, Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, VarBuilder};
use sconce_ops::{AdamW, CrossEntropy, GradientAudit, Optimizer, ParamStore, layer_norm, softmax};

const SEED: u64 = 1;
const N_LETTERS: usize = 4;
const LENGTH: usize = 3;
const HIDDEN: usize = 16;

/// Which of candle's layers are replaced by operations of this crate, which have a backward pass.
#[derive(Clone, Copy)]
struct Repaired {
    norm: bool,
    softmax: bool,
}

/// One self-attention layer with its residual and normalization, then a classifier of the mean.
struct Network {
    letters: Embedding,
    places: Tensor,
    query: Linear,
    key: Linear,
    value: Linear,
    norm: LayerNorm,
    head: Linear,
    repaired: Repaired,
}

impl Network {
    /// As it would be built on candle's own `VarMap`.
    fn new(vars: VarBuilder<'_>, repaired: Repaired) -> Result<Self> {
        let linear = |name: &str| candle_nn::linear_no_bias(HIDDEN, HIDDEN, vars.pp(name));
        let normal = candle_nn::Init::Randn { mean: 0., stdev: 1. };
        Ok(Self {
            letters: candle_nn::embedding(N_LETTERS, HIDDEN, vars.pp("letters"))?,
            places: vars.get_with_hints((LENGTH, HIDDEN), "places", normal)?,
            query: linear("query")?,
            key: linear("key")?,
            value: linear("value")?,
            norm: candle_nn::layer_norm(HIDDEN, 1e-5, vars.pp("norm"))?,
            head: candle_nn::linear(HIDDEN, 2, vars.pp("head"))?,
            repaired,
        })
    }

    /// Words `(n, LENGTH)` to logits `(n, 2)`.
    fn forward(&self, words: &Tensor) -> Result<Tensor> {
        let x = self.letters.forward(words)?.broadcast_add(&self.places)?; // (n, LENGTH, HIDDEN)
        let keys = self.key.forward(&x)?.transpose(1, 2)?.contiguous()?;
        let scores = self.query.forward(&x)?.matmul(&keys)?; // (n, LENGTH, LENGTH)
        let shares = self.softmax(&(scores / (HIDDEN as f64).sqrt())?)?;
        let x = (&x + shares.matmul(&self.value.forward(&x)?)?)?;
        self.head.forward(&self.normalize(&x)?.mean(1)?)
    }

    fn softmax(&self, scores: &Tensor) -> Result<Tensor> {
        if self.repaired.softmax {
            return softmax(scores);
        }
        candle_nn::ops::softmax_last_dim(scores)
    }

    fn normalize(&self, x: &Tensor) -> Result<Tensor> {
        match self.norm.bias() {
            Some(bias) if self.repaired.norm => {
                layer_norm(x, self.norm.weight(), Some(bias.into()), 1e-5)
            }
            _ => self.norm.forward(x),
        }
    }
}

/// All words and whether their first letter is their last.
fn words() -> Result<(Tensor, Vec<u32>)> {
    let letter = |word: usize, place: u32| (word / N_LETTERS.pow(place) % N_LETTERS) as u32;
    let n = N_LETTERS.pow(LENGTH as u32);
    let letters = (0..n).flat_map(|word| (0..LENGTH as u32).map(move |place| letter(word, place)));
    let labels = (0..n).map(|word| u32::from(letter(word, 0) == letter(word, LENGTH as u32 - 1)));
    let words = Tensor::from_iter(letters, &Device::Cpu)?.reshape((n, LENGTH))?;
    Ok((words, labels.collect()))
}

/// What a training run gives: its store, the first loss and the last.
struct Trained {
    store: ParamStore,
    losses: [f32; 2],
}

/// Trains a new network for 200 steps, with the audit or without. Stores of one seed start with
/// the same values.
fn train(repaired: Repaired, audited: bool) -> Result<Trained> {
    let store = ParamStore::new(&Device::Cpu, SEED);
    let network = Network::new(store.var_builder(), repaired)?;
    let (words, labels) = words()?;
    let (mut optimizer, mut audit) = (AdamW::default(), GradientAudit::default());
    let mut losses = Vec::new();
    for _ in 0..200 {
        let loss = CrossEntropy::default().loss(&network.forward(&words)?, &labels)?;
        losses.push(loss.to_scalar::<f32>()?);
        let gradients = store.backward(&loss)?;
        if audited {
            audit.observe(&store, &gradients)?;
        }
        optimizer.step(&store, &gradients, 0.01)?;
    }
    Ok(Trained { store, losses: [losses[0], losses[losses.len() - 1]] })
}

/// Names of the parameters in which two stores differ.
fn moved(from: &ParamStore, to: &ParamStore) -> Result<Vec<String>> {
    let values = |store: &ParamStore, name: &str| match store.get(name) {
        Some(param) => param.tensor().flatten_all()?.to_vec1::<f32>(),
        None => candle_core::bail!("the network has no `{name}`"),
    };
    let mut moved = Vec::new();
    for param in to.params() {
        if values(from, param.name())? != values(to, param.name())? {
            moved.push(param.name().to_owned());
        }
    }
    Ok(moved)
}

/// What the audit says of a network, in short.
fn fault(repaired: Repaired) -> Result<String> {
    let Err(error) = train(repaired, true) else {
        candle_core::bail!("the audit did not see that gradients are missing")
    };
    let error = error.to_string();
    let said = error.split(['\n', ';']).next().unwrap_or_default();
    Ok(said.trim_start_matches("gradient audit: ").to_owned())
}

fn main() -> Result<()> {
    let (neither, norm) =
        (Repaired { norm: false, softmax: false }, Repaired { norm: true, softmax: false });
    let both = Repaired { norm: true, softmax: true };
    let fresh = ParamStore::new(&Device::Cpu, SEED);
    Network::new(fresh.var_builder(), neither)?;

    let Trained { store, losses: [first, last] } = train(neither, false)?;
    let learnt = moved(&fresh, &store)?;
    println!("as it was:     loss {first:.3} to {last:.3}; moved: {}", learnt.join(", "));
    assert!((0.7..1.).contains(&first) && (0.4..first).contains(&last));
    assert_eq!(learnt, ["head.weight", "head.bias"]);

    let said = fault(neither)?;
    println!("audited:       {said}");
    assert!(said.starts_with("no gradient reached letters.weight, places, query.weight"));
    let said = fault(norm)?;
    println!("norm repaired: {said}");
    assert!(said.starts_with("no gradient reached query.weight, key.weight in the first step"));

    let Trained { store, losses: [first, last] } = train(both, true)?;
    println!("both repaired: loss {first:.3} to {last:.3}; moved: all");
    assert!((0.7..1.).contains(&first) && last < 0.05);
    assert_eq!(moved(&fresh, &store)?.len(), store.params().len());
    Ok(())
}
