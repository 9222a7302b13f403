//! Two texts a row: premise and hypothesis, sentences to compare, query and passage.

use crate::dataset::{EncodedDataset, Rows};
use crate::encoding::Input;
use crate::error::Result;
use crate::in_parallel::in_parallel;
use crate::max_length::MaxLength;
use crate::targets::Targets;
use crate::tokenizer::Tokenizer;
use crate::truncation::Truncate;

impl EncodedDataset {
    /// Encodes pairs of texts in parallel, each pair as one row; type ids tell the second text
    /// from the first where the tokenizer makes that difference.
    ///
    /// `strategy` says which text loses tokens of a pair that is over the limit.
    ///
    /// ```
    /// use sconce_text_pipeline::{
    ///     EncodedDataset, Normalizer, PreTokenizer, Targets, Truncate, VocabularyOptions,
    ///     WordTokenizer,
    /// };
    ///
    /// let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    /// let tokenizer =
    ///     WordTokenizer::train(&["a b c d"], normalizer, PreTokenizer::Whitespace, &words)?;
    /// let pairs = [("a b c", "d"), ("a", "b")];
    /// let targets = Targets::Numbers(vec![4.5, 0.]);
    /// let dataset =
    ///     EncodedDataset::encode_pairs(&tokenizer, &pairs, targets, Some(3), Truncate::default())?;
    /// assert_eq!(dataset.row(0), [2, 3, 5]); // a b d
    /// assert_eq!(dataset.type_ids(), [0, 0, 1, 0, 1]);
    /// assert_eq!(dataset.n_truncated(), 1);
    /// # Ok::<(), sconce_text_pipeline::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the targets are not those of `pairs`, a text cannot be tokenized, a pair is too long
    /// under [`MaxLength::Refuse`], or the text that is to be cut is too short for it.
    pub fn encode_pairs(
        tokenizer: &dyn Tokenizer,
        pairs: &[(&str, &str)],
        targets: impl Into<Targets>,
        max_length: impl Into<MaxLength>,
        strategy: Truncate,
    ) -> Result<Self> {
        let max_length = max_length.into();
        let mut rows = Rows::with_capacity(0, pairs.len());
        let encode = |row: usize| {
            let (first, second) = pairs[row];
            max_length.encode(tokenizer, Input::Pair(first, second), row, strategy)
        };
        in_parallel(pairs.len(), encode, |_, encoding| rows.push(&encoding))?;
        rows.finish(targets.into())
    }
}

#[cfg(test)]
mod tests;
