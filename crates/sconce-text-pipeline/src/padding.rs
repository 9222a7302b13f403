//! Rows brought to one length, for those who must have it.

use serde::{Deserialize, Serialize};

use crate::batch::{PackedBatch, PaddedBatch};
use crate::error::{Error, Result};

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
        Ok(self.fill(packed, seq))
    }

    /// The rows, filled up to `seq` tokens, which none has more than.
    pub(crate) fn fill(&self, packed: &PackedBatch, seq: usize) -> PaddedBatch {
        let batch = packed.len();
        let mut padded = PaddedBatch { batch, seq, ..PaddedBatch::default() };
        padded.ids.reserve_exact(batch * seq);
        padded.mask.reserve_exact(batch * seq);
        for row in 0..batch {
            let ids = packed.row(row);
            let filling = seq - ids.len();
            let (before, after) = match self.side {
                Side::Start => (filling, 0),
                Side::End => (0, filling),
            };
            padded.ids.extend(std::iter::repeat_n(self.pad_id, before));
            padded.ids.extend_from_slice(ids);
            padded.ids.extend(std::iter::repeat_n(self.pad_id, after));
            padded.mask.extend(std::iter::repeat_n(0, before));
            padded.mask.extend(std::iter::repeat_n(1, ids.len()));
            padded.mask.extend(std::iter::repeat_n(0, after));
        }
        padded
    }
}

#[cfg(test)]
mod tests;
