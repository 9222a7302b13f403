//! From text to what a model says of it: tokenizer, batches, model and decoding in one. Each task is
//! a file.

use std::fmt;

use rayon::prelude::*;
use sconce_models::Tokens;
use sconce_ops::Offsets;
use sconce_text_pipeline::{
    Collator, EncodedDataset, Encoding, Input, MaxLength, Targets, Truncate, Truncation,
};

use crate::bundle::Bundle;
use crate::error::{Error, Result};

pub(crate) mod answer;
mod batches;
pub(crate) mod classify;
pub(crate) mod embed;
pub(crate) mod fill_mask;
pub(crate) mod generate;
mod score_function;
pub(crate) mod tag;

use self::batches::token_batches;
use self::score_function::ScoreFunction;

/// Tokens that go through the model at a time, but for a longer text alone: bounds the memory.
const MAX_TOKENS: usize = 4096;

/// What a model says of several texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted<T> {
    /// One for each text, in order.
    pub rows: Vec<T>,
    /// How many texts lost tokens to the limit.
    pub n_truncated: usize,
}

/// Predicts with a bundle's model. Any number of threads may share one.
///
/// Texts go through the model in batches of similar length, without padding; what a text gets does
/// not depend on the others.
pub struct Predictor {
    bundle: Bundle,
    limit: MaxLength,
    score_function: ScoreFunction,
}

impl Predictor {
    /// A predictor over a bundle. Texts are cut to as many tokens as the model was trained on, or has
    /// positions for.
    pub fn new(bundle: Bundle) -> Self {
        let limit = MaxLength::from(bundle.manifest.preprocessing.max_length);
        let score_function = ScoreFunction::of(&bundle);
        Self { bundle, limit: MaxLength::Unlimited, score_function }.with_limit(limit)
    }

    /// How many tokens a text may have, and whether longer ones are cut or refused. No limit is above
    /// the model's positions.
    #[must_use]
    pub fn with_limit(mut self, limit: MaxLength) -> Self {
        let positions = self.bundle.model.config().max_positions();
        let length = limit.get().into_iter().chain(positions).min();
        self.limit = match (limit, length) {
            (_, None) => MaxLength::Unlimited,
            (MaxLength::Refuse(_), Some(length)) => MaxLength::Refuse(length),
            (_, Some(length)) => MaxLength::Truncate(length),
        };
        self
    }

    /// Refuses texts over the limit instead of cutting them.
    #[must_use]
    pub fn refuse_long_texts(mut self) -> Self {
        self.limit = self.limit.get().map_or(self.limit, MaxLength::Refuse);
        self
    }

    /// How many tokens a text may have.
    pub fn limit(&self) -> MaxLength {
        self.limit
    }

    /// The bundle.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The tokens of each text, and how many texts were cut.
    fn encode(&self, inputs: &[Input<'_>]) -> Result<(Vec<Encoding>, usize)> {
        let truncation = match self.limit {
            MaxLength::Truncate(max_length) => {
                Some(Truncation { max_length, strategy: Truncate::LongestFirst })
            }
            _ => None,
        };
        let encode = |(index, input): (usize, &Input<'_>)| {
            let encoding = self.bundle.tokenizer.encode_input(*input, truncation.as_ref())?;
            match self.limit {
                MaxLength::Refuse(max_length) if encoding.len() > max_length => {
                    Err(Error::TooLong { index, n_tokens: encoding.len(), max_length })
                }
                _ => Ok(encoding),
            }
        };
        // Collected first, so that of several errors the first one is always reported.
        let encodings: Vec<Result<Encoding>> = inputs.par_iter().enumerate().map(encode).collect();
        let encodings: Vec<Encoding> = encodings.into_iter().collect::<Result<_>>()?;
        let n_truncated = encodings.iter().filter(|encoding| encoding.n_left_out > 0).count();
        Ok((encodings, n_truncated))
    }

    /// The ids of each text, and how many texts were cut.
    fn encode_ids(&self, inputs: &[Input<'_>]) -> Result<(EncodedDataset, usize)> {
        // Single texts have a faster way, but for the number of one that is too long.
        let texts: Option<Vec<&str>> = inputs.iter().map(single).collect();
        if let Some(texts) = texts.filter(|_| !matches!(self.limit, MaxLength::Refuse(_))) {
            let tokenizer = &*self.bundle.tokenizer;
            let dataset = EncodedDataset::encode(tokenizer, &texts, Targets::None, self.limit)?;
            let n_truncated = dataset.n_truncated();
            return Ok((dataset, n_truncated));
        }
        let (encodings, n_truncated) = self.encode(inputs)?;
        Ok((dataset(&encodings)?, n_truncated))
    }

    /// Calls `run` with batches of the rows, like lengths together: numbers of the rows, and their
    /// tokens.
    fn for_each_batch(
        &self,
        dataset: &EncodedDataset,
        mut run: impl FnMut(&[usize], &Tokens<'_>) -> Result<()>,
    ) -> Result<()> {
        let _untracked = self.bundle.store.no_grad();
        let collator = Collator::new(dataset);
        for rows in token_batches(&dataset.lengths(), MAX_TOKENS) {
            let batch = collator.collate(&rows)?;
            let offsets = Offsets::new(batch.offsets)?;
            let tokens = Tokens { ids: &batch.ids, type_ids: &batch.type_ids, offsets: &offsets };
            run(&rows, &tokens)?;
        }
        Ok(())
    }
}

fn single<'a>(input: &Input<'a>) -> Option<&'a str> {
    match *input {
        Input::Text(text) => Some(text),
        Input::Pair(..) | Input::Words(_) => None,
    }
}

/// Encodings as rows.
fn dataset(encodings: &[Encoding]) -> Result<EncodedDataset> {
    let ids = encodings.iter().flat_map(|encoding| &encoding.ids).copied().collect();
    let type_ids = encodings.iter().flat_map(|encoding| &encoding.type_ids).copied().collect();
    let mut offsets = Vec::with_capacity(encodings.len() + 1);
    offsets.push(0);
    let mut end = 0;
    for encoding in encodings {
        end += encoding.len();
        offsets.push(end);
    }
    Ok(EncodedDataset::new(ids, type_ids, offsets, Targets::None)?)
}

impl fmt::Debug for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictor")
            .field("bundle", &self.bundle)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
