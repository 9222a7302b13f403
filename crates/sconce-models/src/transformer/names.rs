//! What a family calls its parameters: those of Hugging Face, which the files have.

/// Names below the model's prefix.
#[derive(Debug, Clone, Copy)]
pub struct TransformerNames {
    /// Table of the token ids.
    pub words: &'static str,
    /// Table of the places, where they are learned.
    pub positions: &'static str,
    /// Table of the texts of a pair, where there is one.
    pub types: &'static str,
    /// Norm of the embeddings, where there is one.
    pub embedding_norm: &'static str,
    /// Scope of the layers, followed by the number of each.
    pub layers: &'static str,
    /// Norm after the last layer, where there is one.
    pub final_norm: &'static str,
    /// Parts of a layer.
    pub layer: LayerNames,
}

/// Parts of a layer.
#[derive(Debug, Clone, Copy)]
pub struct LayerNames {
    /// The maps to queries, keys and values.
    pub qkv: QkvNames,
    /// The map after attention.
    pub attention_output: &'static str,
    /// Norm of the attention sublayer.
    pub attention_norm: &'static str,
    /// The gate of the feed-forward network, where there is one.
    pub gate: &'static str,
    /// The map into the feed-forward network.
    pub inner: &'static str,
    /// The map out of it.
    pub outer: &'static str,
    /// Norm of the feed-forward sublayer.
    pub feed_forward_norm: &'static str,
    /// Norms of queries and keys, where there are any.
    pub head_norms: [&'static str; 2],
    /// Whether files hold the weights of the maps as `(n_in, n_out)`.
    pub is_transposed: bool,
}

/// The maps to queries, keys and values.
#[derive(Debug, Clone, Copy)]
pub enum QkvNames {
    /// Three maps.
    Separate([&'static str; 3]),
    /// One map, of queries, keys and values side by side.
    Fused(&'static str),
}
