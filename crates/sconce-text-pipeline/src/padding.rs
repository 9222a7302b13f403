//! Rows brought to one length, for those who must have it.

use serde::{Deserialize, Serialize};

use crate::batch::PackedBatch;
use crate::error::{Error, Result};
use crate::targets::{IGNORE, Targets};
use crate::tokenizer::Tokenizer;

/// An end of a row or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The first tokens.
    Start,
    /// The last tokens.
    #[default]
    End,
}

/// How long padded rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PadTo {
    /// As the longest row of the batch.
    #[default]
    Longest,
    /// The next multiple of a number; of 0 or 1, as the longest row.
    MultipleOf(usize),
    /// So many tokens, whatever the rows.
    Exactly(usize),
}

/// How short rows are filled up.
///
/// ```
/// use sconce_text_pipeline::{PackedBatch, PadTo, Padding, Side};
///
/// let packed = PackedBatch {
///     ids: vec![5, 6, 7],
///     offsets: vec![0, 1, 3],
///     rows: vec![0, 1],
///     ..PackedBatch::default()
/// };
/// let padding = Padding { length: PadTo::Exactly(3), side: Side::Start, ..Padding::new(0) };
/// let padded = padding.pad(&packed)?;
/// assert_eq!(padded.ids, [0, 0, 5, 0, 6, 7]);
/// assert_eq!(padded.mask, [0, 0, 1, 0, 1, 1]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Padding {
    /// The id that fills up rows.
    pub pad_id: u32,
    /// The type id that does; 0 by default.
    pub pad_type_id: u32,
    /// How long rows become.
    pub length: PadTo,
    /// Where they are filled up.
    pub side: Side,
}

impl Padding {
    /// Fills rows up with `pad_id`, at their end, to the length of the longest.
    pub fn new(pad_id: u32) -> Self {
        Self { pad_id, ..Self::default() }
    }

    /// The same with the padding token of a tokenizer, or 0 if it has none.
    pub fn of(tokenizer: &dyn Tokenizer) -> Self {
        Self::new(tokenizer.special_tokens().pad.unwrap_or_default())
    }

    /// The rows of a packed batch, all of one length.
    ///
    /// # Errors
    /// If a row has more tokens than [`PadTo::Exactly`] allows.
    pub fn pad(&self, packed: &PackedBatch) -> Result<PaddedBatch> {
        let longest = packed.max_len();
        let seq = match self.length {
            PadTo::Longest => longest,
            PadTo::MultipleOf(n) => longest.next_multiple_of(n.max(1)),
            PadTo::Exactly(max_length) => {
                let lengths = packed.offsets.windows(2).map(|ends| (ends[1] - ends[0]) as usize);
                match packed.rows.iter().zip(lengths).find(|(_, length)| *length > max_length) {
                    Some((&row, n_tokens)) => {
                        return Err(Error::RowTooLong { row, n_tokens, max_length });
                    }
                    None => max_length,
                }
            }
        };
        Ok(PaddedBatch::fill(packed, self, seq))
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
    /// Fills the rows of a packed batch up with `pad_id`, at their end, to the longest;
    /// [`Padding`] can do other.
    pub fn from_packed(packed: &PackedBatch, pad_id: u32) -> Self {
        Self::fill(packed, &Padding::new(pad_id), packed.max_len())
    }

    /// Fills rows up to `seq` tokens, which none has more than.
    fn fill(packed: &PackedBatch, padding: &Padding, seq: usize) -> Self {
        let fill = |values: &[u32], with: u32| filled(values, &packed.offsets, with, padding, seq);
        let ids = fill(&packed.ids, padding.pad_id);
        let mask = filled(&vec![1; packed.n_tokens()], &packed.offsets, 0, padding, seq);
        let has_types = !packed.type_ids.is_empty();
        let type_ids =
            if has_types { fill(&packed.type_ids, padding.pad_type_id) } else { Vec::new() };
        let targets = match &packed.targets {
            Targets::Tokens(tokens) => Targets::Tokens(fill(tokens, IGNORE)),
            Targets::Spans(spans) if padding.side == Side::Start => {
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
            Side::End => {
                places.extend_from_slice(row);
                places.extend(pad);
            }
            Side::Start => {
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
