//! Examples by number, and texts encoded once for all epochs.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;

/// Texts that one task encodes: enough to make the task worth its while, few enough to share.
const N_PER_TASK: usize = 128;

/// A collection of examples that can be asked for by number.
pub trait Dataset {
    /// An example, which may borrow from the data set.
    type Item<'a>
    where
        Self: 'a;

    /// The number of examples.
    fn len(&self) -> usize;

    /// One example, or none past the end.
    fn get(&self, index: usize) -> Option<Self::Item<'_>>;

    /// Whether there is no example.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One encoded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedRow<'a> {
    /// The ids of its tokens.
    pub ids: &'a [u32],
    /// Its class, if the data set has labels.
    pub label: Option<u32>,
}

/// Encoded texts in one flat list of ids, with their labels.
///
/// ```
/// use sconce_text_pipeline::{
///     EncodedDataset, Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer,
/// };
///
/// let texts = ["a fine film", "dull"];
/// let tokenizer = WordTokenizer::train(
///     &texts,
///     Normalizer::default(),
///     PreTokenizer::BasicEnglish,
///     &VocabularyOptions::default(),
/// )?;
/// let dataset = EncodedDataset::encode(&tokenizer, &texts, vec![1, 0], Some(2))?;
/// assert_eq!(dataset.row(0), [2, 5]);
/// assert_eq!((dataset.n_tokens(), dataset.n_truncated()), (3, 1));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedDataset {
    ids: Vec<u32>,
    /// Where each row begins in `ids`, and where the last one ends.
    offsets: Vec<usize>,
    labels: Vec<u32>,
    n_truncated: usize,
}

/// What one task makes of its texts.
#[derive(Default)]
struct Part {
    ids: Vec<u32>,
    lengths: Vec<usize>,
    n_truncated: usize,
}

impl EncodedDataset {
    /// Encodes `texts` in parallel, each to at most `max_length` tokens.
    ///
    /// `labels` has one entry for each text, or none at all. A text without tokens makes an empty
    /// row.
    pub fn encode(
        tokenizer: &dyn Tokenizer,
        texts: &[&str],
        labels: Vec<u32>,
        max_length: Option<usize>,
    ) -> Result<Self> {
        if !labels.is_empty() && labels.len() != texts.len() {
            return Err(Error::LabelCount { n_texts: texts.len(), n_labels: labels.len() });
        }
        let max_length = max_length.unwrap_or(usize::MAX);
        let parts: Vec<Result<Part>> = texts
            .par_chunks(N_PER_TASK)
            .map(|texts| encode_part(tokenizer, texts, max_length))
            .collect();
        // Collected first, so that of several errors the first one is always reported.
        let parts: Vec<Part> = parts.into_iter().collect::<Result<_>>()?;
        let mut dataset =
            Self::with_capacity(parts.iter().map(|part| part.ids.len()).sum(), texts.len());
        for part in parts {
            dataset.ids.extend_from_slice(&part.ids);
            dataset.n_truncated += part.n_truncated;
            let mut end = dataset.offsets.last().copied().unwrap_or_default();
            dataset.offsets.extend(part.lengths.iter().map(|length| {
                end += length;
                end
            }));
        }
        dataset.labels = labels;
        Ok(dataset)
    }

    fn with_capacity(n_tokens: usize, n_rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(n_rows + 1);
        offsets.push(0);
        Self { ids: Vec::with_capacity(n_tokens), offsets, labels: Vec::new(), n_truncated: 0 }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of tokens in all rows.
    pub fn n_tokens(&self) -> usize {
        self.ids.len()
    }

    /// How many rows lost tokens to the limit. A [`subset`](Self::subset) does not know: zero.
    pub fn n_truncated(&self) -> usize {
        self.n_truncated
    }

    /// The ids of a row. As with a slice, a row past the end is a panic.
    pub fn row(&self, index: usize) -> &[u32] {
        &self.ids[self.offsets[index]..self.offsets[index + 1]]
    }

    /// The number of tokens in each row.
    pub fn lengths(&self) -> Vec<usize> {
        self.offsets.windows(2).map(|ends| ends[1] - ends[0]).collect()
    }

    /// The class of a row, if there are labels.
    pub fn label(&self, index: usize) -> Option<u32> {
        self.labels.get(index).copied()
    }

    /// The class of every row; empty if there are no labels.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The given rows in the given order.
    pub fn subset(&self, rows: &[usize]) -> Result<Self> {
        let mut subset = Self::with_capacity(0, rows.len());
        for row in rows {
            let found = self.get(*row);
            let row = found.ok_or(Error::RowOutOfRange { row: *row, len: self.len() })?;
            subset.ids.extend_from_slice(row.ids);
            subset.offsets.push(subset.ids.len());
            subset.labels.extend(row.label);
        }
        Ok(subset)
    }
}

impl Dataset for EncodedDataset {
    type Item<'a> = EncodedRow<'a>;

    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Option<EncodedRow<'_>> {
        (index < self.len()).then(|| EncodedRow { ids: self.row(index), label: self.label(index) })
    }
}

fn encode_part(tokenizer: &dyn Tokenizer, texts: &[&str], max_length: usize) -> Result<Part> {
    let mut part = Part::default();
    for text in texts {
        let start = part.ids.len();
        let is_cut = tokenizer.encode_ids_within(text, max_length, &mut part.ids)?;
        part.n_truncated += usize::from(is_cut);
        part.lengths.push(part.ids.len() - start);
    }
    Ok(part)
}

#[cfg(test)]
mod tests;
