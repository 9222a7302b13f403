//! The mean of a sentence's word vectors: the baseline that every network has to beat
//! (the averaging network of Iyyer et al., ACL 2015, without hidden layers).

use candle_core::{Result, Tensor};
use sconce_ops::{Mode, Offsets, mean_over_time};
use serde::{Deserialize, Serialize};

use crate::seq2vec::Seq2VecEncoder;

/// Settings of a [`BagOfEmbeddings`]: there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BagConfig {}

/// Averages word vectors; has no parameters.
#[derive(Debug, Clone)]
pub struct BagOfEmbeddings {
    dim: usize,
}

impl BagOfEmbeddings {
    /// For word vectors of this size.
    pub fn new(dim: usize) -> Self {
        Self { dim }
    }
}

impl Seq2VecEncoder for BagOfEmbeddings {
    fn input_dim(&self) -> usize {
        self.dim
    }

    fn output_dim(&self) -> usize {
        self.dim
    }

    fn forward(&self, embedded: &Tensor, offsets: &Offsets, _: Mode) -> Result<Tensor> {
        mean_over_time(embedded, offsets)
    }
}
