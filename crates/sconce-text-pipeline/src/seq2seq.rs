//! Source and target texts for models that write one from the other (Sutskever et al., 2014,
//! arXiv:1409.3215): translation, summaries.

use crate::batch::{Collator, PackedBatch};
use crate::dataset::EncodedDataset;
use crate::error::{BatchError, Result};
use crate::max_length::MaxLength;
use crate::targets::Targets;
use crate::tokenizer::Tokenizer;

/// Encoded sources, each with its target.
///
/// ```
/// use sconce_text_pipeline::{
///     Normalizer, PreTokenizer, Seq2SeqDataset, VocabularyOptions, WordTokenizer,
/// };
///
/// let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
/// let words = WordTokenizer::train(&["a b x y z"], normalizer, PreTokenizer::Whitespace, &words)?;
/// let pairs = [("a b", "x y z"), ("b", "z")];
/// let dataset = Seq2SeqDataset::encode(&words, &words, &pairs, None, None)?;
/// let batch = dataset.collate(&[0, 1], 0)?;
/// assert_eq!(batch.source.ids, [2, 3, 3]); // a b, b
/// assert_eq!(batch.decoder.ids, [0, 4, 5, 0]); // what the decoder has seen before it writes ...
/// assert_eq!(batch.decoder.targets.tokens(), Some(&[4, 5, 6, 6][..])); // ... x y z, z
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Seq2SeqDataset {
    sources: EncodedDataset,
    targets: EncodedDataset,
}

/// Sources, and what a decoder reads and should write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seq2SeqBatch {
    /// The sources.
    pub source: PackedBatch,
    /// The targets, moved by one: each row begins with the start token and lacks its last token,
    /// and its [`Targets::Tokens`] are the row itself.
    ///
    /// As a [`PaddedBatch`](crate::PaddedBatch) padding has [`IGNORE`](crate::IGNORE) as target.
    pub decoder: PackedBatch,
}

impl Seq2SeqDataset {
    /// Encodes pairs of source and target in parallel; one tokenizer may serve for both.
    ///
    /// # Errors
    /// If a text cannot be tokenized, or is too long under [`MaxLength::Refuse`].
    pub fn encode(
        source_tokenizer: &dyn Tokenizer,
        target_tokenizer: &dyn Tokenizer,
        pairs: &[(&str, &str)],
        max_source: impl Into<MaxLength>,
        max_target: impl Into<MaxLength>,
    ) -> Result<Self> {
        let (sources, targets): (Vec<&str>, Vec<&str>) = pairs.iter().copied().unzip();
        Self::new(
            EncodedDataset::encode(source_tokenizer, &sources, Targets::None, max_source)?,
            EncodedDataset::encode(target_tokenizer, &targets, Targets::None, max_target)?,
        )
    }

    /// Takes rows that were encoded elsewhere, for instance from two caches.
    ///
    /// # Errors
    /// If there are not as many of both.
    pub fn new(sources: EncodedDataset, targets: EncodedDataset) -> Result<Self> {
        let (n_sources, n_targets) = (sources.len(), targets.len());
        if n_sources != n_targets {
            return Err(BatchError::Unpaired { n_sources, n_targets }.into());
        }
        Ok(Self { sources, targets })
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The sources.
    pub fn sources(&self) -> &EncodedDataset {
        &self.sources
    }

    /// The targets.
    pub fn targets(&self) -> &EncodedDataset {
        &self.targets
    }

    /// The number of tokens of each pair: what a [`BucketSampler`](crate::BucketSampler) sorts by.
    pub fn lengths(&self) -> Vec<usize> {
        let (sources, targets) = (self.sources.lengths(), self.targets.lengths());
        sources.into_iter().zip(targets).map(|(source, target)| source + target).collect()
    }

    /// The given pairs in the given order. `start` is what a decoder reads first: the model's
    /// `decoder_start_token_id`.
    ///
    /// # Errors
    /// If a row is past the end, or there are more tokens than 32 bits can count.
    pub fn collate(&self, rows: &[usize], start: u32) -> Result<Seq2SeqBatch> {
        let source = Collator::new(&self.sources).collate(rows)?;
        let mut decoder = Collator::new(&self.targets).collate(rows)?;
        let written = decoder.ids.clone();
        for ends in decoder.offsets.windows(2) {
            let row = &mut decoder.ids[ends[0] as usize..ends[1] as usize];
            row.rotate_right(1.min(row.len()));
            if let Some(first) = row.first_mut() {
                *first = start;
            }
        }
        decoder.targets = Targets::Tokens(written);
        Ok(Seq2SeqBatch { source, decoder })
    }
}

#[cfg(test)]
mod tests;
