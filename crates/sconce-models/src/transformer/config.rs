//! What the shared core has to know of a family: sizes, where norms and biases are, how positions
//! come in. Families translate their `config.json` to this.

use sconce_ops::{Activation, Rotary};

/// Sizes and kinds of a stack of transformer layers.
#[derive(Debug, Clone)]
pub struct TransformerConfig {
    /// Number of token ids.
    pub vocab_size: usize,
    /// Size of a token's vector between the layers.
    pub hidden_size: usize,
    /// Number of layers.
    pub n_layers: usize,
    /// Heads of the queries.
    pub n_heads: usize,
    /// Heads of the keys and values.
    pub n_kv_heads: usize,
    /// Size of a head.
    pub head_dim: usize,
    /// Size of the layer inside of each feed-forward network.
    pub intermediate_size: usize,
    /// How a token knows its place.
    pub positions: Positions,
    /// Texts of a pair that have a vector of their own; 0 if texts are not told apart.
    pub type_vocab_size: usize,
    /// Whether the sum of the embeddings is normalized.
    pub has_embedding_norm: bool,
    /// Which norm.
    pub norm: NormKind,
    /// Added to a norm's variance.
    pub norm_eps: f64,
    /// Where the norms of a layer are.
    pub norm_place: NormPlace,
    /// Whether queries and keys are normalized head by head (RMS).
    pub has_head_norm: bool,
    /// The function inside of the feed-forward network.
    pub activation: Activation,
    /// Whether that network multiplies by a gate.
    pub is_gated: bool,
    /// Whether a token sees only itself and those before it.
    pub is_causal: bool,
    /// For each layer how far a token sees back, itself counted; none: to the begin.
    pub windows: Vec<Option<usize>>,
    /// Which affine maps have a bias.
    pub biases: Biases,
    /// Dropout of what attention adds to the residual stream.
    pub attention_output_dropout: f64,
    /// Dropout of what the feed-forward network adds to it.
    pub feed_forward_dropout: f64,
    /// Dropout after the embeddings.
    pub embedding_dropout: f64,
    /// Dropout of the attention weights.
    pub attention_dropout: f64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Fresh weights of the maps that end a sublayer are smaller, by the root of their number
    /// (Radford et al., 2019).
    pub scales_residual_init: bool,
}

/// How a token knows its place.
#[derive(Debug, Clone)]
pub enum Positions {
    /// A learned vector for each place.
    Learned {
        /// Rows of the table.
        n: usize,
        /// The row of a sentence's first token.
        first: usize,
    },
    /// Queries and keys are turned.
    Rotary {
        /// By these angles.
        rotary: Box<Rotary>,
        /// Places of the texts it was trained on.
        max: usize,
    },
}

impl Positions {
    /// Tokens that a sentence may have.
    pub fn max(&self) -> usize {
        match self {
            Self::Learned { n, first } => n.saturating_sub(*first),
            Self::Rotary { max, .. } => *max,
        }
    }
}

/// Which norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormKind {
    /// [`layer_norm`](sconce_ops::layer_norm), with a bias.
    Layer,
    /// [`rms_norm`](sconce_ops::rms_norm).
    Rms,
}

/// Where the norms of a layer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormPlace {
    /// After each residual connection: `x = norm(x + f(x))` (Vaswani et al., 2017).
    Post,
    /// At the begin of each sublayer: `x = x + f(norm(x))`, and one more after the last layer
    /// (Xiong et al., 2020, arXiv:2002.04745).
    Pre,
}

/// Which affine maps have a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Biases {
    /// Those to queries, keys and values.
    pub qkv: bool,
    /// The one after attention.
    pub attention_output: bool,
    /// Those of the feed-forward network.
    pub feed_forward: bool,
}
