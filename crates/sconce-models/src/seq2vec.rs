//! What turns the tokens of a sentence into one vector.

use candle_core::{Result, Tensor};
use sconce_ops::{Mode, Offsets};

/// Encodes each sentence of a packed batch as one vector.
pub trait Seq2VecEncoder: Send + Sync {
    /// Size of a token's vector.
    fn input_dim(&self) -> usize;

    /// Size of a sentence's vector.
    fn output_dim(&self) -> usize;

    /// Encodes sentences.
    ///
    /// # Shapes
    /// - embedded: `(n_tokens, input_dim)`
    /// - output: `(batch, output_dim)`
    ///
    /// # Errors
    /// If the offsets do not cover the tokens.
    fn forward(&self, embedded: &Tensor, offsets: &Offsets, mode: Mode) -> Result<Tensor>;
}
