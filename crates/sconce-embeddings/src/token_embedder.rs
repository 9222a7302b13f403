//! What turns token ids into vectors at the bottom of a network.

use candle_core::{Result, Tensor};
use sconce_ops::Mode;

/// Embeds the tokens of a packed batch, each by itself.
pub trait TokenEmbedder: Send + Sync {
    /// Size of a token's vector.
    fn output_dim(&self) -> usize;

    /// Embeds tokens.
    ///
    /// # Shapes
    /// - ids: `n_tokens`
    /// - output: `(n_tokens, output_dim)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary.
    fn forward(&self, ids: &[u32], mode: Mode) -> Result<Tensor>;
}
