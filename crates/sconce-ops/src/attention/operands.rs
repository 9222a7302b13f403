//! Where the heads of queries, keys and values lie.

use super::tile::Rows;

/// The heads of some tokens in a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads<'a, T> {
    pub(crate) data: &'a [T],
    /// From one token to the next.
    pub(crate) row_stride: usize,
    /// From one head to the next.
    pub(crate) head_stride: usize,
    pub(crate) head_dim: usize,
}

impl<'a, T> Heads<'a, T> {
    /// Heads side by side in rows of `row_stride`, the first at `column`.
    pub(super) fn packed(data: &'a [T], row_stride: usize, column: usize, head_dim: usize) -> Self {
        let data = data.get(column..).unwrap_or_default();
        Self { data, row_stride, head_stride: head_dim, head_dim }
    }

    /// The tokens from `first` on.
    pub(super) fn skip(self, first: usize) -> Self {
        let data = self.data.get(first * self.row_stride..).unwrap_or_default();
        Self { data, ..self }
    }

    /// The rows of one head.
    pub(super) fn head(self, head: usize) -> Rows<'a, T> {
        let data = self.data.get(head * self.head_stride..).unwrap_or_default();
        Rows { data, stride: self.row_stride, width: self.head_dim }
    }
}

/// The keys and values of one sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyValue<'a, T> {
    pub(crate) k: Heads<'a, T>,
    pub(crate) v: Heads<'a, T>,
    /// Number of keys.
    pub(crate) n: usize,
}

/// What a kernel reads.
pub(super) struct Operands<'a, T> {
    pub(super) q: Heads<'a, T>,
    /// Of each sentence in turn.
    pub(super) kv: Vec<KeyValue<'a, T>>,
    /// The learned biases, if there are any.
    pub(super) table: &'a [T],
}
