//! `--vectors`: word vectors as the first values of the embedding.

use std::collections::HashSet;

use anyhow::{Result, anyhow, bail};
use candle_core::Tensor;
use sconce_embeddings::{Coverage, ReadOptions, UnknownWords, WordEmbedding, WordVectors};
use sconce_ops::ParamStore;

use super::encode::Encoded;
use crate::options::ModelOptions;

/// Reads the vectors of the vocabulary's words, if a file was given.
pub fn read(options: &ModelOptions, encoded: &Encoded) -> Result<Option<WordVectors>> {
    let Some(path) = &options.vectors else { return Ok(None) };
    let words: HashSet<String> =
        words(encoded).into_iter().flat_map(|word| [word.to_lowercase(), word]).collect();
    let is_wanted = |word: &str| words.contains(word);
    // A word that is not UTF-8 is none of ours, so it need not stop the run.
    let read = ReadOptions { restrict_to: Some(&is_wanted), lossy: true, ..ReadOptions::default() };
    let vectors = WordVectors::read(path, &read)?;
    let path = path.display();
    if vectors.is_empty() {
        bail!("{path}: no word of the training set has a vector; check the file's language");
    }
    match options.embedding_size {
        Some(asked) if asked as usize != vectors.dim() => bail!(
            "{path}: its vectors have {} dimensions, --embedding-size asks for {asked}; leave \
             that option out",
            vectors.dim()
        ),
        _ => Ok(Some(vectors)),
    }
}

/// Copies the vectors into the embedding.
pub fn copy(
    vectors: &WordVectors,
    encoded: &Encoded,
    store: &ParamStore,
    seed: u64,
) -> Result<Coverage> {
    let words = words(encoded);
    // Words without a vector get the values of a fresh embedding.
    let range = WordEmbedding::RANGE;
    let unknown = UnknownWords::Uniform { low: -range, high: range, seed };
    let (matrix, coverage) = vectors.matrix_for(words.iter().map(String::as_str), &unknown, true);
    let name = "embedding.weight";
    let embedding =
        store.get(name).ok_or_else(|| anyhow!("the model has no {name} to put vectors into"))?;
    let matrix = Tensor::from_vec(matrix, (words.len(), vectors.dim()), store.device())?;
    embedding.var().set(&matrix)?;
    Ok(coverage)
}

fn words(encoded: &Encoded) -> Vec<String> {
    let size = encoded.tokenizer.vocab_size() as u32;
    (0..size).map(|id| encoded.tokenizer.token(id).unwrap_or_default()).collect()
}
