//! PyTorch's default parameters by kind of layer: shape, initial values, and whether they decay
//! (biases and normalizations do not).

use super::ParamSpec;
use crate::init::Init;

impl ParamSpec {
    /// Weight `(n_out, n_in)` of `nn.Linear`: uniform over `±1/sqrt(n_in)`.
    pub fn linear_weight(n_in: usize, n_out: usize) -> Self {
        Self::new((n_out, n_in), Init::TorchLinear)
    }

    /// Bias `(n_out,)` of `nn.Linear`: uniform over `±1/sqrt(n_in)`.
    pub fn linear_bias(n_in: usize, n_out: usize) -> Self {
        Self::new(n_out, Init::FanIn(n_in)).no_decay()
    }

    /// Weight `(n_out, n_in, width)` of `nn.Conv1d`: uniform over `±1/sqrt(n_in · width)`.
    pub fn conv1d_weight(n_in: usize, n_out: usize, width: usize) -> Self {
        Self::new((n_out, n_in, width), Init::TorchLinear)
    }

    /// Bias `(n_out,)` of `nn.Conv1d`: uniform over `±1/sqrt(n_in · width)`.
    pub fn conv1d_bias(n_in: usize, n_out: usize, width: usize) -> Self {
        Self::new(n_out, Init::FanIn(n_in.saturating_mul(width))).no_decay()
    }

    /// Weight `(vocab, dim)` of `nn.Embedding`: standard normal. With a padding row, see
    /// [`Init::with_zero_row`].
    pub fn embedding(vocab: usize, dim: usize) -> Self {
        Self::new((vocab, dim), Init::normal(1.))
    }

    /// Weight `(n_gates · hidden, n_in)` of `nn.LSTM` (4 gates), `nn.GRU` (3) and `nn.RNN` (1),
    /// from the input or, with `n_in = hidden`, from the step before: uniform over
    /// `±1/sqrt(hidden)`.
    pub fn recurrent_weight(n_in: usize, hidden: usize, n_gates: usize) -> Self {
        Self::new((n_gates.saturating_mul(hidden), n_in), Init::FanIn(hidden))
    }

    /// Bias `(n_gates · hidden,)` of the same: uniform over `±1/sqrt(hidden)`.
    pub fn recurrent_bias(hidden: usize, n_gates: usize) -> Self {
        Self::new(n_gates.saturating_mul(hidden), Init::FanIn(hidden)).no_decay()
    }

    /// Weight `(dim,)` of `nn.LayerNorm` and `nn.RMSNorm`: ones.
    pub fn norm_weight(dim: usize) -> Self {
        Self::new(dim, Init::ONES).no_decay()
    }

    /// Bias `(dim,)` of `nn.LayerNorm`: zeros.
    pub fn norm_bias(dim: usize) -> Self {
        Self::new(dim, Init::ZEROS).no_decay()
    }
}

#[cfg(test)]
mod tests;
