//! Several texts a row, each encoded on its own: what sentence embeddings are trained on
//! (Reimers and Gurevych, 2019, arXiv:1908.10084).

use crate::batch::{Collator, PackedBatch};
use crate::corpus::{Corpus, Example};
use crate::dataset::EncodedDataset;
use crate::error::{Error, Result};
use crate::max_length::MaxLength;
use crate::targets::Targets;
use crate::tokenizer::Tokenizer;

/// Columns of encoded texts of equally many rows: texts, those that go with them, and perhaps some
/// that do not; or pairs with a score that says how alike they are.
#[derive(Debug, Clone, PartialEq)]
pub struct TextColumns {
    columns: Vec<EncodedDataset>,
    targets: Targets,
}

/// Some rows of every column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnBatch {
    /// A batch for each column, with the rows in the same order.
    pub columns: Vec<PackedBatch>,
    /// The score of each row ([`Targets::Numbers`]), or none.
    pub targets: Targets,
}

impl TextColumns {
    /// Encodes the texts of a corpus of pairs: text, pair, and negatives if there are any. Labels,
    /// if every example has one, are the scores.
    ///
    /// # Errors
    /// If an example has no second text, or not as many negatives as the first, a label is no
    /// number, or a text cannot be tokenized or is too long under [`MaxLength::Refuse`].
    pub fn encode(
        tokenizer: &dyn Tokenizer,
        corpus: &Corpus,
        max_length: impl Into<MaxLength>,
    ) -> Result<Self> {
        let max_length = max_length.into();
        let examples = corpus.examples();
        let n_negatives = examples.first().map_or(0, |example| example.negatives.len());
        for (row, example) in examples.iter().enumerate() {
            if example.pair.is_none() || example.negatives.len() != n_negatives {
                let expected = 2 + n_negatives;
                let found = 1 + usize::from(example.pair.is_some()) + example.negatives.len();
                return Err(Error::TextCount { place: corpus.place(row), found, expected });
            }
        }
        let has_scores = !examples.is_empty() && examples.iter().all(|e| e.label.is_some());
        let targets = if has_scores { corpus.numbers()? } else { Targets::None };
        let columns = (0..2 + n_negatives).map(|column| {
            let texts: Vec<&str> = examples.iter().map(|example| text(example, column)).collect();
            EncodedDataset::encode(tokenizer, &texts, Targets::None, max_length)
        });
        Ok(Self { columns: columns.collect::<Result<_>>()?, targets })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, EncodedDataset::len)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns: text, pair, negatives.
    pub fn columns(&self) -> &[EncodedDataset] {
        &self.columns
    }

    /// The score of each row, or none.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The number of tokens of each row in all columns together.
    pub fn lengths(&self) -> Vec<usize> {
        let mut lengths = vec![0; self.len()];
        for column in &self.columns {
            lengths.iter_mut().zip(column.lengths()).for_each(|(sum, length)| *sum += length);
        }
        lengths
    }

    /// How many texts lost tokens to the limit.
    pub fn n_truncated(&self) -> usize {
        self.columns.iter().map(EncodedDataset::n_truncated).sum()
    }

    /// The given rows in the given order.
    ///
    /// # Errors
    /// If a row is past the end, or there are more tokens than 32 bits can count.
    pub fn collate(&self, rows: &[usize]) -> Result<ColumnBatch> {
        let collate = |column| Collator::new(column).collate(rows);
        let columns = self.columns.iter().map(collate).collect::<Result<_>>()?;
        let mut targets = self.targets.empty_like();
        rows.iter().for_each(|row| targets.push_row(&self.targets, *row, 0..0));
        Ok(ColumnBatch { columns, targets })
    }
}

fn text(example: &Example, column: usize) -> &str {
    match column {
        0 => &example.text,
        1 => example.pair.as_deref().unwrap_or_default(),
        column => example.negatives.get(column - 2).map_or("", String::as_str),
    }
}

#[cfg(test)]
mod tests;
