//! The bottom of a transformer: vectors of tokens, of places and of the texts of a pair, added up.

use candle_core::{Result, Tensor, bail};
use sconce_ops::{Mode, Offsets, Param, dropout, embedding};

use super::config::{Positions, TransformerConfig};
use super::names::TransformerNames;
use super::norm::Norm;
use super::scope::Scope;
use crate::tokens::Tokens;

/// The embeddings of a transformer.
#[derive(Debug, Clone)]
pub(crate) struct Embeddings {
    words: Param,
    /// Table, and the row of a sentence's first token.
    positions: Option<(Param, usize)>,
    types: Option<Param>,
    norm: Option<Norm>,
    max_positions: usize,
    dropout: f64,
}

impl Embeddings {
    pub(crate) fn new(
        config: &TransformerConfig,
        names: &TransformerNames,
        scope: &Scope,
    ) -> Result<Self> {
        let (dim, std) = (config.hidden_size, config.initializer_range);
        let words = scope.table(names.words, config.vocab_size, dim, std)?;
        let positions = match config.positions {
            Positions::Learned { n, first } => {
                Some((scope.table(names.positions, n, dim, std)?, first))
            }
            Positions::Rotary { .. } => None,
        };
        let n_types = config.type_vocab_size;
        let types = (n_types > 0).then(|| scope.table(names.types, n_types, dim, std));
        let norm = config
            .has_embedding_norm
            .then(|| Norm::new(config.norm, dim, config.norm_eps, &scope.pp(names.embedding_norm)));
        Ok(Self {
            words,
            positions,
            types: types.transpose()?,
            norm: norm.transpose()?,
            max_positions: config.positions.max(),
            dropout: config.embedding_dropout,
        })
    }

    /// The table of the token ids.
    pub(crate) fn words(&self) -> &Param {
        &self.words
    }

    /// # Shapes
    /// - tokens: `n_tokens`, each with its place in its sentence
    /// - output: `(n_tokens, hidden)`
    pub(crate) fn forward(
        &self,
        tokens: &Tokens<'_>,
        positions: &[u32],
        mode: Mode,
    ) -> Result<Tensor> {
        let mut x = embedding(&self.words, tokens.ids)?;
        if let Some(types) = &self.types {
            let zeros;
            let ids = if tokens.type_ids.is_empty() {
                zeros = vec![0; tokens.ids.len()];
                &zeros
            } else {
                tokens.type_ids
            };
            x = (x + embedding(types, ids)?)?;
        }
        if let Some((table, first)) = &self.positions {
            let rows: Vec<u32> = positions.iter().map(|place| place + *first as u32).collect();
            x = (x + embedding(table, &rows)?)?;
        }
        if let Some(norm) = &self.norm {
            x = norm.forward(&x)?;
        }
        dropout(&x, self.dropout, mode)
    }

    /// Fails if the tokens are not those of the offsets or a sentence has too many of them.
    pub(crate) fn check(&self, tokens: &Tokens<'_>) -> Result<()> {
        let n = tokens.offsets.n_tokens();
        if tokens.ids.len() != n || !(tokens.type_ids.is_empty() || tokens.type_ids.len() == n) {
            bail!(
                "transformer: offsets of {n} tokens, {} ids, {} type ids",
                tokens.ids.len(),
                tokens.type_ids.len()
            );
        }
        let longest = tokens.offsets.iter().map(|row| row.len()).max().unwrap_or_default();
        self.check_length(longest)
    }

    /// Fails if a sentence of so many tokens has more than there are places.
    pub(crate) fn check_length(&self, n_tokens: usize) -> Result<()> {
        if self.positions.is_some() && n_tokens > self.max_positions {
            bail!(
                "transformer: a sentence of {n_tokens} tokens, the model has {} positions; \
                 truncate it",
                self.max_positions
            );
        }
        Ok(())
    }
}

/// The place of each token in its sentence.
pub(crate) fn places(offsets: &Offsets) -> Vec<u32> {
    offsets.iter().flat_map(|row| 0..row.len() as u32).collect()
}
