//! Word vectors: read them, look into them, and use them as an embedding layer.
//!
//! - [`WordVectors`] reads GloVe text, word2vec text, fastText's `.vec` and word2vec's `.bin` from
//!   a memory map, in parallel; finds nearest words and analogies exactly; writes files that
//!   appear whole or not at all.
//! - [`WordVectors::matrix_for`] lays the vectors out in the order of a vocabulary, for an
//!   embedding layer, and [`Coverage`] says how many words were found.
//!
//! - [`TokenEmbedder`] is what turns token ids into vectors at the bottom of a network;
//!   [`WordEmbedding`] is one trainable vector for each word.
//!
//! It does not tokenize, does not know neural models above an embedding, and never approximates a
//! search.
//!
//! ```
//! use sconce_embeddings::{UnknownWords, WordVectors};
//!
//! let words = ["frog", "toad", "king"];
//! let vectors = WordVectors::new(words, 2, vec![0.9, 0.1, 0.8, 0.2, -0.1, 1.0])?;
//!
//! let nearest = vectors.nearest("frog", 1)?;
//! assert_eq!(nearest[0].word, "toad");
//!
//! let (matrix, coverage) = vectors.matrix_for(["King", "newt"], &UnknownWords::Zeros, true);
//! assert_eq!(matrix, [-0.1, 1.0, 0.0, 0.0]);
//! assert_eq!(coverage.to_string(), "1 of 2 words have vectors (50.0%), 1 by lower case");
//! # Ok::<(), sconce_embeddings::Error>(())
//! ```

mod atomic_file;
mod error;
mod mapped_file;
mod token_embedder;
mod word_embedding;
mod word_vectors;

pub use error::{Error, Place, Result};
pub use token_embedder::TokenEmbedder;
pub use word_embedding::WordEmbedding;
pub use word_vectors::{
    Coverage, Neighbour, ReadOptions, TokenCoverage, UnknownWords, VectorFormat, WordVectors,
};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
