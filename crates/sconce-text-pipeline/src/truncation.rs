//! What has to go when a text is too long: Hugging Face's strategies, to the token.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Which of two texts loses tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncate {
    /// The longer one until both are equally long, then both; of an odd number of tokens the one
    /// that was longer (or the second, if they were equal) keeps one more.
    #[default]
    LongestFirst,
    /// Only the first.
    OnlyFirst,
    /// Only the second.
    OnlySecond,
}

impl Truncate {
    fn name(self) -> &'static str {
        match self {
            Self::LongestFirst => "longest_first",
            Self::OnlyFirst => "only_first",
            Self::OnlySecond => "only_second",
        }
    }
}

/// How long an encoding may be, and what goes if it is longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// The most tokens, those that the tokenizer adds included.
    pub max_length: usize,
    /// Which text loses tokens.
    pub strategy: Truncate,
}

/// How a context that is too long is cut into overlapping windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// The most tokens of a window, question and added tokens included.
    pub max_length: usize,
    /// How many tokens of the context a window shares with its neighbour.
    pub stride: usize,
}

impl Truncation {
    /// How many tokens the first and the second text keep beside `n_special` added ones.
    pub(crate) fn keep(
        &self,
        n_first: usize,
        n_second: Option<usize>,
        n_special: usize,
    ) -> Result<(usize, usize)> {
        let max_length = self.max_length;
        let room = max_length
            .checked_sub(n_special)
            .ok_or(Error::MaxLengthTooSmall { max_length, n_special })?;
        let (second, n_tokens) = (n_second.unwrap_or(0), n_first + n_second.unwrap_or(0));
        let Some(surplus) = n_tokens.checked_sub(room).filter(|surplus| *surplus > 0) else {
            return Ok((n_first, second));
        };
        if room == 0 {
            return Ok((0, 0));
        }
        let shorten = |length: usize| {
            let kept = length.checked_sub(surplus).filter(|kept| *kept > 0);
            let strategy = self.strategy.name();
            kept.ok_or(Error::TruncationTooShort { strategy, length, surplus, max_length })
        };
        match (self.strategy, n_second) {
            (Truncate::LongestFirst, None) => Ok((room, 0)),
            (Truncate::LongestFirst, Some(second)) => Ok(longest_first(n_first, second, room)),
            (Truncate::OnlyFirst, _) => Ok((shorten(n_first)?, second)),
            (Truncate::OnlySecond, _) => Ok((n_first, shorten(second)?)),
        }
    }
}

fn longest_first(n_first: usize, n_second: usize, room: usize) -> (usize, usize) {
    let shorter = n_first.min(n_second);
    let (short, long) = match room.checked_sub(shorter) {
        Some(rest) if rest >= shorter => (shorter, rest),
        _ => (room / 2, room / 2 + room % 2),
    };
    if n_first > n_second { (long, short) } else { (short, long) }
}

impl Windows {
    /// How many tokens of the context fit beside those of the question and the added ones.
    pub(crate) fn room(&self, n_question: usize, n_special: usize) -> Result<usize> {
        let Self { max_length, stride } = *self;
        let room = max_length.checked_sub(n_question + n_special).filter(|room| *room > 0);
        let room = room.ok_or(Error::NoRoomForContext { max_length, n_question, n_special })?;
        if stride >= room {
            return Err(Error::StrideTooLarge { stride, room });
        }
        Ok(room)
    }

    /// The tokens of a context of `n_tokens` in each window of at most `room`; one window at least.
    pub(crate) fn ranges(&self, n_tokens: usize, room: usize) -> Vec<Range<usize>> {
        let step = room.saturating_sub(self.stride).max(1);
        // One window more for each step that it takes until the last reaches the end.
        let n_windows = 1 + n_tokens.saturating_sub(room).div_ceil(step);
        let starts = (0..n_windows).map(|window| window * step);
        starts.map(|start| start..n_tokens.min(start + room)).collect()
    }
}

#[cfg(test)]
mod tests;
