//! `encoder_layer_packed`, `encoder_layer_equal`: a transformer's layer over packed sentences, its
//! norms last, forward and backward.

use candle_core::{Device, Result, Tensor};
use sconce_ops::{
    Activation, Attention, FeedForward, Mode, Offsets, Param, ParamStore, Params, add_layer_norm,
    feed_forward, linear, self_attention,
};

use crate::data::{noise, weight};
use crate::measure::Iterate;
use crate::params::{backward, param};

const HIDDEN: usize = 384;
const HEADS: usize = 12;
const FFN: usize = 1536;
const DROPOUT: f64 = 0.1;
const EPS: f64 = 1e-5;

/// Parameters of a layer.
pub const N_PARAMS: u32 = 12;

pub fn build(lengths: &[usize]) -> Result<Iterate> {
    let (offsets, x, upstream) = input(lengths)?;
    let store = ParamStore::new(&Device::Cpu, 1);
    let x = param(&store.root(), "x", &x)?;
    let layer = Layer::new(&store.root(), 10)?;
    Ok(Box::new(move || {
        let y = layer.forward(&x.tensor(), &offsets, Mode::train(42, 1))?;
        backward(&store, y, &upstream)
    }))
}

/// Packed sentences of these lengths: where they begin, the input, and the gradient to hand back.
pub fn input(lengths: &[usize]) -> Result<(Offsets, Tensor, Tensor)> {
    let offsets = Offsets::from_lengths(lengths.iter().copied());
    let shape = (offsets.n_tokens(), HIDDEN);
    Ok((offsets, noise(1, shape, 1.)?, noise(2, shape, 1.)?))
}

/// `nn.TransformerEncoderLayer`.
pub struct Layer {
    projection: Affine,
    output: Affine,
    inner: Affine,
    outer: Affine,
    norms: [Affine; 2],
    attention: Attention,
}

impl Layer {
    /// Parameter k has seed `first_seed + k`.
    pub fn new(scope: &Params, first_seed: u32) -> Result<Self> {
        let affine = |name, k, n_out, n_in| Affine::new(scope, name, first_seed + k, n_out, n_in);
        let norm = |name, k| Affine::norm(scope, name, first_seed + k);
        Ok(Self {
            projection: affine("in_proj", 0, 3 * HIDDEN, HIDDEN)?,
            output: affine("out_proj", 2, HIDDEN, HIDDEN)?,
            inner: affine("linear1", 4, FFN, HIDDEN)?,
            outer: affine("linear2", 6, HIDDEN, FFN)?,
            norms: [norm("norm1", 8)?, norm("norm2", 10)?],
            attention: Attention { dropout: DROPOUT, ..Attention::new(HEADS) },
        })
    }

    pub fn forward(&self, x: &Tensor, offsets: &Offsets, mode: Mode) -> Result<Tensor> {
        let qkv = self.projection.linear(x)?;
        let context = self_attention(&qkv, offsets, &self.attention, mode.layer(0))?;
        let x = self.norms[0].add_norm(&self.output.linear(&context)?, x, mode.layer(1))?;
        let network = FeedForward {
            inner: ((&self.inner.w).into(), Some((&self.inner.b).into())),
            activation: Activation::Gelu,
            dropout: DROPOUT,
            outer: ((&self.outer.w).into(), Some((&self.outer.b).into())),
        };
        let h = feed_forward(&x, &network, mode.layer(2))?;
        self.norms[1].add_norm(&h, &x, mode.layer(3))
    }
}

/// A weight and a bias: of a map or of a norm.
struct Affine {
    w: Param,
    b: Param,
}

impl Affine {
    fn new(scope: &Params, name: &str, seed: u32, n_out: usize, n_in: usize) -> Result<Self> {
        Self::of(scope, name, &weight(seed, n_out, n_in)?, seed + 1)
    }

    fn norm(scope: &Params, name: &str, seed: u32) -> Result<Self> {
        Self::of(scope, name, &(noise(seed, HIDDEN, 0.1)? + 1.)?, seed + 1)
    }

    fn of(scope: &Params, name: &str, w: &Tensor, bias_seed: u32) -> Result<Self> {
        let (scope, b) = (scope.pp(name), noise(bias_seed, w.dim(0)?, 0.1)?);
        Ok(Self { w: param(&scope, "weight", w)?, b: param(&scope, "bias", &b)? })
    }

    fn linear(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.w, Some((&self.b).into()))
    }

    fn add_norm(&self, x: &Tensor, residual: &Tensor, mode: Mode) -> Result<Tensor> {
        add_layer_norm(x, residual, &self.w, Some((&self.b).into()), EPS, DROPOUT, mode)
    }
}
