//! How long a row may be, and what happens to a longer one.

use serde::{Deserialize, Serialize};

use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;
use crate::truncation::{Truncate, Truncation};

/// How many tokens a row may have, special tokens included, and what happens to a longer one.
///
/// An `Option<usize>` becomes [`Truncate`](Self::Truncate) or [`Unlimited`](Self::Unlimited).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxLength {
    /// Any number.
    #[default]
    Unlimited,
    /// So many; a longer row loses tokens and is counted.
    Truncate(usize),
    /// So many; a longer row is an error that names it.
    Refuse(usize),
}

impl MaxLength {
    /// The most tokens, if there is a limit.
    pub fn get(self) -> Option<usize> {
        match self {
            Self::Unlimited => None,
            Self::Truncate(max_length) | Self::Refuse(max_length) => Some(max_length),
        }
    }

    /// The limit at which tokens are to be left out.
    pub(crate) fn truncation(self) -> Option<usize> {
        match self {
            Self::Truncate(max_length) => Some(max_length),
            Self::Unlimited | Self::Refuse(_) => None,
        }
    }

    /// Refuses a row that is too long, if that is what is wanted.
    pub(crate) fn check(self, row: usize, n_tokens: usize) -> Result<()> {
        match self {
            Self::Refuse(max_length) if n_tokens > max_length => {
                Err(Error::RowTooLong { row, n_tokens, max_length })
            }
            _ => Ok(()),
        }
    }

    /// The encoding of `input`, that of `row`; `strategy` says which text is cut.
    pub(crate) fn encode(
        self,
        tokenizer: &dyn Tokenizer,
        input: Input<'_>,
        row: usize,
        strategy: Truncate,
    ) -> Result<Encoding> {
        let truncation = self.truncation().map(|max_length| Truncation { max_length, strategy });
        let encoding = tokenizer.encode_input(input, truncation.as_ref())?;
        self.check(row, encoding.len())?;
        Ok(encoding)
    }

    /// Appends the ids of `text`, the text of `row`; says whether some were left out.
    pub(crate) fn encode_ids(
        self,
        tokenizer: &dyn Tokenizer,
        text: &str,
        row: usize,
        ids: &mut Vec<u32>,
    ) -> Result<bool> {
        if let Some(max_length) = self.truncation() {
            return tokenizer.encode_ids_within(text, max_length, ids);
        }
        let start = ids.len();
        tokenizer.encode_ids(text, ids)?;
        self.check(row, ids.len() - start)?;
        Ok(false)
    }
}

impl From<Option<usize>> for MaxLength {
    fn from(max_length: Option<usize>) -> Self {
        max_length.map_or(Self::Unlimited, Self::Truncate)
    }
}

#[cfg(test)]
mod tests;
