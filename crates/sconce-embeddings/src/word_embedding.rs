//! One trainable vector for each word: the layer that word vectors are loaded into.

use candle_core::{Result, Tensor};
use sconce_ops::{Init, Mode, Param, ParamSpec, Params, embedding};

use crate::token_embedder::TokenEmbedder;

/// A table of word vectors as a layer. Its gradient touches only the words of the batch.
#[derive(Debug, Clone)]
pub struct WordEmbedding {
    weight: Param,
    dim: usize,
}

impl WordEmbedding {
    /// Fresh vectors are drawn from plus and minus this: about the variance of pretrained ones
    /// (Kim, 2014, arXiv:1408.5882).
    pub const RANGE: f32 = 0.25;

    /// Creates or finds `weight (vocab_size, dim)` in `params`; `init` fills it when it is new
    /// (Kim, 2014, draws from ±0.25; `Init::Values` takes pretrained vectors).
    ///
    /// # Errors
    /// If `weight` exists with another shape.
    pub fn new(vocab_size: usize, dim: usize, init: Init, params: &Params) -> Result<Self> {
        let weight = params.get("weight", ParamSpec::new((vocab_size, dim), init))?;
        Ok(Self { weight, dim })
    }

    /// The table itself, to freeze it, say.
    pub fn weight(&self) -> &Param {
        &self.weight
    }
}

impl TokenEmbedder for WordEmbedding {
    fn output_dim(&self) -> usize {
        self.dim
    }

    fn forward(&self, ids: &[u32], _: Mode) -> Result<Tensor> {
        embedding(&self.weight, ids)
    }
}

#[cfg(test)]
mod tests;
