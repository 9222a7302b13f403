//! Rows filled up to one length, for those who must have them so.

use serde::{Deserialize, Serialize};

use crate::batch::PackedBatch;
use crate::error::{BatchError, Result};
use crate::targets::{IGNORE, Targets};
use crate::tokenizer::Tokenizer;

/// The end at which rows are filled up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Padding follows the tokens.
    #[default]
    Right,
    /// Padding comes first, so that all rows end at one place: for models that go on writing.
    Left,
}

/// The length that rows are filled up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PadTo {
    /// That of the longest row of the batch.
    #[default]
    Longest,
    /// Always the same; a longer row is an error.
    Fixed(usize),
}

/// How rows are filled up, with the options of Hugging Face's `pad`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Padding {
    /// To which length.
    pub to: PadTo,
    /// The length is rounded up to a multiple of this, such as 8; 0 and 1 leave it as it is.
    pub multiple_of: usize,
    /// At which end.
    pub side: Side,
    /// The id of padding.
    pub id: u32,
    /// The type id of padding.
    pub type_id: u32,
}

impl Padding {
    /// To the longest row, at the end, with the padding token of a tokenizer, or 0 if it has none.
    pub fn of(tokenizer: &dyn Tokenizer) -> Self {
        Self { id: tokenizer.special_tokens().pad.unwrap_or_default(), ..Self::default() }
    }
}

/// Rows of equal length.
///
/// # Shapes
///
/// `ids` and `mask` are `(batch, seq)`, row by row; `type_ids` too, or empty if all are 0. Of the
/// targets, those of tokens are `(batch, seq)`, the others as in the packed batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PaddedBatch {
    /// The ids of all places.
    pub ids: Vec<u32>,
    /// 1 for a token, 0 for padding.
    pub mask: Vec<u8>,
    /// The type ids of all places; empty if those of all tokens are 0.
    pub type_ids: Vec<u32>,
    /// The targets: of padding [`IGNORE`]; spans count from the first place of their row.
    pub targets: Targets,
    /// The number of rows.
    pub batch: usize,
    /// The number of places in each row.
    pub seq: usize,
}

impl PaddedBatch {
    /// Fills the rows of a packed batch up at the end to the longest, with `pad_id`.
    pub fn from_packed(packed: &PackedBatch, pad_id: u32) -> Self {
        let padding = Padding { id: pad_id, ..Padding::default() };
        Self::fill(packed, &padding, packed.max_len())
    }

    /// Fills the rows of a packed batch up.
    ///
    /// ```
    /// use sconce_text_pipeline::{Collator, EncodedDataset, PaddedBatch, Padding, Side, Targets};
    ///
    /// let rows = EncodedDataset::new(vec![5, 6, 7], vec![], vec![0, 1, 3], Targets::None)?;
    /// let packed = Collator::new(&rows).collate(&[0, 1])?;
    /// let padding = Padding { multiple_of: 4, side: Side::Left, ..Padding::default() };
    /// let padded = PaddedBatch::new(&packed, &padding)?;
    /// assert_eq!(padded.ids, [0, 0, 0, 5, 0, 0, 6, 7]);
    /// assert_eq!(padded.mask, [0, 0, 0, 1, 0, 0, 1, 1]);
    /// # Ok::<(), sconce_text_pipeline::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a row is longer than a fixed length.
    pub fn new(packed: &PackedBatch, padding: &Padding) -> Result<Self> {
        let length = match padding.to {
            PadTo::Longest => packed.max_len(),
            PadTo::Fixed(length) => length,
        };
        let lengths = packed.offsets.windows(2).map(|ends| (ends[1] - ends[0]) as usize);
        let too_long = lengths.enumerate().find(|(_, n_tokens)| *n_tokens > length);
        if let Some((row, n_tokens)) = too_long {
            return Err(BatchError::RowOverFixedLength { row, n_tokens, length }.into());
        }
        Ok(Self::fill(packed, padding, length.next_multiple_of(padding.multiple_of.max(1))))
    }

    fn fill(packed: &PackedBatch, padding: &Padding, seq: usize) -> Self {
        let fill = |values: &[u32], with: u32| filled(values, &packed.offsets, with, padding, seq);
        let ids = fill(&packed.ids, padding.id);
        let mask = filled(&vec![1; packed.n_tokens()], &packed.offsets, 0, padding, seq);
        let has_types = !packed.type_ids.is_empty();
        let type_ids = if has_types { fill(&packed.type_ids, padding.type_id) } else { Vec::new() };
        let targets = match &packed.targets {
            Targets::Tokens(tokens) => Targets::Tokens(fill(tokens, IGNORE)),
            Targets::Spans(spans) if padding.side == Side::Left => {
                let moved = spans.iter().zip(packed.offsets.windows(2)).map(|(span, ends)| {
                    let n_before = seq as u32 - (ends[1] - ends[0]);
                    (span.0 + n_before, span.1 + n_before)
                });
                Targets::Spans(moved.collect())
            }
            targets => targets.clone(),
        };
        Self { ids, mask, type_ids, targets, batch: packed.len(), seq }
    }

    /// The same batch with its places in the order `(seq, batch)`: all first places, then all
    /// second ones. It is what recurrent networks of other libraries take.
    pub fn time_major(&self) -> Self {
        let turn = |values: &[u32]| transposed(values, self.batch, self.seq);
        let targets = match &self.targets {
            Targets::Tokens(tokens) => Targets::Tokens(turn(tokens)),
            targets => targets.clone(),
        };
        Self {
            ids: turn(&self.ids),
            mask: transposed(&self.mask, self.batch, self.seq),
            type_ids: turn(&self.type_ids),
            targets,
            ..*self
        }
    }
}

fn filled<T: Copy>(
    values: &[T],
    offsets: &[u32],
    with: T,
    padding: &Padding,
    seq: usize,
) -> Vec<T> {
    let mut places = Vec::with_capacity(offsets.len().saturating_sub(1) * seq);
    for ends in offsets.windows(2) {
        let row = &values[ends[0] as usize..ends[1] as usize];
        let pad = std::iter::repeat_n(with, seq - row.len());
        match padding.side {
            Side::Right => {
                places.extend_from_slice(row);
                places.extend(pad);
            }
            Side::Left => {
                places.extend(pad);
                places.extend_from_slice(row);
            }
        }
    }
    places
}

/// `(batch, seq)` as `(seq, batch)`; nothing stays nothing.
fn transposed<T: Copy>(values: &[T], batch: usize, seq: usize) -> Vec<T> {
    if values.is_empty() {
        return Vec::new();
    }
    (0..seq).flat_map(|place| (0..batch).map(move |row| values[row * seq + place])).collect()
}

#[cfg(test)]
mod tests;
