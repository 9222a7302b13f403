//! The targets of a data set: in memory of their own, or in a mapped file.

use std::ops::Range;
use std::sync::OnceLock;

use crate::mapped::Mapped;
use crate::targets::Targets;

/// Targets, wherever they live.
#[derive(Debug, Clone)]
pub(crate) enum TargetColumn {
    Owned(Targets),
    /// Targets in a file, and a copy of all of them once somebody wanted that.
    Mapped {
        values: MappedTargets,
        copy: OnceLock<Targets>,
    },
}

/// Targets in a mapped file, as in [`Targets`].
#[derive(Debug, Clone)]
pub(crate) enum MappedTargets {
    Classes(Mapped<u32>),
    MultiHot {
        n_labels: usize,
        values: Mapped<f32>,
    },
    Numbers(Mapped<f32>),
    Tokens(Mapped<u32>),
    /// First and last token of one row after those of another.
    Spans(Mapped<u32>),
}

impl TargetColumn {
    pub(crate) fn mapped(values: MappedTargets) -> Self {
        Self::Mapped { values, copy: OnceLock::new() }
    }

    /// All of them; of mapped ones a copy is made the first time.
    pub(crate) fn all(&self) -> &Targets {
        match self {
            Self::Owned(targets) => targets,
            Self::Mapped { values, copy } => copy.get_or_init(|| values.copy()),
        }
    }

    /// The class of each row, if these are classes; never a copy.
    pub(crate) fn classes(&self) -> Option<&[u32]> {
        match self {
            Self::Owned(targets) => targets.classes(),
            Self::Mapped { values: MappedTargets::Classes(classes), .. } => Some(classes),
            Self::Mapped { .. } => None,
        }
    }

    /// No targets, but of the same kind and ready to be added to.
    pub(crate) fn empty_like(&self) -> Targets {
        match self {
            Self::Owned(targets) => targets.empty_like(),
            Self::Mapped { values, .. } => values.empty(),
        }
    }

    /// Adds those of one row, whose tokens lie at `tokens`, to targets of the same kind.
    pub(crate) fn append_row(&self, to: &mut Targets, row: usize, tokens: Range<usize>) {
        match self {
            Self::Owned(targets) => to.push_row(targets, row, tokens),
            Self::Mapped { values, .. } => values.append_row(to, row, tokens),
        }
    }
}

impl MappedTargets {
    fn empty(&self) -> Targets {
        match self {
            Self::Classes(_) => Targets::Classes(Vec::new()),
            Self::MultiHot { n_labels, .. } => {
                Targets::MultiHot { n_labels: *n_labels, values: Vec::new() }
            }
            Self::Numbers(_) => Targets::Numbers(Vec::new()),
            Self::Tokens(_) => Targets::Tokens(Vec::new()),
            Self::Spans(_) => Targets::Spans(Vec::new()),
        }
    }

    fn copy(&self) -> Targets {
        match self {
            Self::Classes(classes) => Targets::Classes(classes.to_vec()),
            Self::MultiHot { n_labels, values } => {
                Targets::MultiHot { n_labels: *n_labels, values: values.to_vec() }
            }
            Self::Numbers(numbers) => Targets::Numbers(numbers.to_vec()),
            Self::Tokens(tokens) => Targets::Tokens(tokens.to_vec()),
            Self::Spans(ends) => {
                Targets::Spans(ends.chunks_exact(2).map(|ends| (ends[0], ends[1])).collect())
            }
        }
    }

    fn append_row(&self, to: &mut Targets, row: usize, tokens: Range<usize>) {
        match (self, to) {
            (Self::Classes(from), Targets::Classes(to)) => to.push(from[row]),
            (Self::MultiHot { n_labels, values }, Targets::MultiHot { values: to, .. }) => {
                to.extend_from_slice(&values[row * n_labels..(row + 1) * n_labels]);
            }
            (Self::Numbers(from), Targets::Numbers(to)) => to.push(from[row]),
            (Self::Tokens(from), Targets::Tokens(to)) => to.extend_from_slice(&from[tokens]),
            (Self::Spans(from), Targets::Spans(to)) => to.push((from[2 * row], from[2 * row + 1])),
            _ => {}
        }
    }
}

impl PartialEq for TargetColumn {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}
