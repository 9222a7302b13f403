//! What a row, or each of its tokens, should be predicted as.

use std::ops::Range;

use crate::error::{Error, Result};

/// A target that the losses leave out (`IGNORE_INDEX` of `sconce-ops`; PyTorch's -100).
pub const IGNORE: u32 = u32::MAX;

/// The targets of the rows of a data set or batch.
///
/// # Shapes
///
/// `n_rows` is the number of rows, `n_tokens` that of the tokens in all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Targets {
    /// There are none: the rows are to be predicted.
    #[default]
    None,
    /// A class for each row, `(n_rows)`; [`IGNORE`] for a row without one.
    Classes(Vec<u32>),
    /// Any number of classes for each row.
    MultiHot {
        /// The number of classes.
        n_labels: usize,
        /// 1 where the class applies and 0 elsewhere, `(n_rows, n_labels)`, row by row.
        values: Vec<f32>,
    },
    /// A number for each row, `(n_rows)`.
    Numbers(Vec<f32>),
    /// A class or id for each token, `(n_tokens)`; [`IGNORE`] for those without one.
    Tokens(Vec<u32>),
    /// The first and last token of a span in each row, `(n_rows)`, counted from the row's first
    /// token.
    Spans(Vec<(u32, u32)>),
}

impl Targets {
    /// The class of each row, if these are classes.
    pub fn classes(&self) -> Option<&[u32]> {
        match self {
            Self::Classes(classes) => Some(classes),
            _ => None,
        }
    }

    /// The number of classes and the ones and zeros of each row, if these are any number of
    /// classes for each.
    pub fn multi_hot(&self) -> Option<(usize, &[f32])> {
        match self {
            Self::MultiHot { n_labels, values } => Some((*n_labels, values)),
            _ => None,
        }
    }

    /// The number of each row, if these are numbers.
    pub fn numbers(&self) -> Option<&[f32]> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The class or id of each token, if tokens have targets.
    pub fn tokens(&self) -> Option<&[u32]> {
        match self {
            Self::Tokens(tokens) => Some(tokens),
            _ => None,
        }
    }

    /// The first and last token of the span of each row, if these are spans.
    pub fn spans(&self) -> Option<&[(u32, u32)]> {
        match self {
            Self::Spans(spans) => Some(spans),
            _ => None,
        }
    }

    /// Refuses targets that do not fit rows that begin and end at `offsets`.
    pub(crate) fn check(&self, offsets: &[usize]) -> Result<()> {
        let n_rows = offsets.len().saturating_sub(1);
        let n_tokens = offsets.last().copied().unwrap_or_default();
        let (found, expected, unit) = match self {
            Self::None => return Ok(()),
            Self::Classes(classes) => (classes.len(), n_rows, "row"),
            Self::Numbers(numbers) => (numbers.len(), n_rows, "row"),
            Self::Spans(spans) => (spans.len(), n_rows, "row"),
            Self::Tokens(tokens) => (tokens.len(), n_tokens, "token"),
            Self::MultiHot { n_labels, values } => {
                (values.len(), n_rows.saturating_mul(*n_labels), "row and label")
            }
        };
        if found != expected {
            return Err(Error::TargetCount { found, expected, unit });
        }
        let Self::Spans(spans) = self else { return Ok(()) };
        for (row, (span, ends)) in spans.iter().zip(offsets.windows(2)).enumerate() {
            let (start, end, n_tokens) = (span.0, span.1, ends[1] - ends[0]);
            if start > end || end as usize >= n_tokens {
                return Err(Error::SpanOutOfRow { row, start, end, n_tokens });
            }
        }
        Ok(())
    }

    /// No targets, but of the same kind and ready to be added to.
    pub(crate) fn empty_like(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Classes(_) => Self::Classes(Vec::new()),
            Self::MultiHot { n_labels, .. } => {
                Self::MultiHot { n_labels: *n_labels, values: Vec::new() }
            }
            Self::Numbers(_) => Self::Numbers(Vec::new()),
            Self::Tokens(_) => Self::Tokens(Vec::new()),
            Self::Spans(_) => Self::Spans(Vec::new()),
        }
    }

    /// Adds those of one row, whose tokens lie at `tokens`, of targets of the same kind.
    pub(crate) fn push_row(&mut self, from: &Self, row: usize, tokens: Range<usize>) {
        match (self, from) {
            (Self::Classes(to), Self::Classes(from)) => to.push(from[row]),
            (Self::MultiHot { values: to, .. }, Self::MultiHot { n_labels, values }) => {
                to.extend_from_slice(&values[row * n_labels..(row + 1) * n_labels]);
            }
            (Self::Numbers(to), Self::Numbers(from)) => to.push(from[row]),
            (Self::Tokens(to), Self::Tokens(from)) => to.extend_from_slice(&from[tokens]),
            (Self::Spans(to), Self::Spans(from)) => to.push(from[row]),
            _ => {}
        }
    }
}

/// Classes, or no targets if there are none.
impl From<Vec<u32>> for Targets {
    fn from(classes: Vec<u32>) -> Self {
        if classes.is_empty() { Self::None } else { Self::Classes(classes) }
    }
}

#[cfg(test)]
mod tests;
