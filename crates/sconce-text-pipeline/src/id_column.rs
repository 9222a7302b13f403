//! Where the numbers of a data set live: in memory of their own, or in a mapped file.

use std::ops::{Deref, Range};
use std::sync::OnceLock;

use crate::mapped::Mapped;

/// Ids of tokens, or their type ids.
#[derive(Debug, Clone)]
pub(crate) enum IdColumn {
    Owned(Vec<u32>),
    Mapped(Mapped<u32>),
    /// Numbers of fewer bits, and all of them as 32 bits once somebody wanted that.
    Narrow {
        values: Narrow,
        wide: OnceLock<Vec<u32>>,
    },
}

/// Numbers of fewer than 32 bits in a mapped file.
#[derive(Debug, Clone)]
pub(crate) enum Narrow {
    Bytes(Mapped<u8>),
    Halves(Mapped<u16>),
}

impl IdColumn {
    pub(crate) fn narrow(values: Narrow) -> Self {
        Self::Narrow { values, wide: OnceLock::new() }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Owned(ids) => ids.len(),
            Self::Mapped(ids) => ids.len(),
            Self::Narrow { values, .. } => values.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them; of narrow ones a copy is made the first time.
    pub(crate) fn as_slice(&self) -> &[u32] {
        match self {
            Self::Owned(ids) => ids,
            Self::Mapped(ids) => ids,
            Self::Narrow { values, wide } => wide.get_or_init(|| {
                let mut ids = Vec::with_capacity(values.len());
                values.append(0..values.len(), &mut ids);
                ids
            }),
        }
    }

    /// Appends some of them, without a copy of all. As with a slice, a place past the end is a
    /// panic.
    pub(crate) fn append(&self, range: Range<usize>, ids: &mut Vec<u32>) {
        match self {
            Self::Narrow { values, .. } => values.append(range, ids),
            _ => ids.extend_from_slice(&self.as_slice()[range]),
        }
    }
}

impl Narrow {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Halves(values) => values.len(),
        }
    }

    fn append(&self, range: Range<usize>, ids: &mut Vec<u32>) {
        match self {
            Self::Bytes(values) => ids.extend(values[range].iter().copied().map(u32::from)),
            Self::Halves(values) => ids.extend(values[range].iter().copied().map(u32::from)),
        }
    }
}

impl PartialEq for IdColumn {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.as_slice() == other.as_slice()
    }
}

impl From<Vec<u32>> for IdColumn {
    fn from(ids: Vec<u32>) -> Self {
        Self::Owned(ids)
    }
}

/// Where rows begin.
#[derive(Debug, Clone)]
pub(crate) enum OffsetColumn {
    Owned(Vec<usize>),
    Mapped(Mapped<usize>),
}

impl Deref for OffsetColumn {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        match self {
            Self::Owned(offsets) => offsets,
            Self::Mapped(offsets) => offsets,
        }
    }
}

impl PartialEq for OffsetColumn {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
