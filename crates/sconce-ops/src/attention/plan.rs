//! What the kernels know of a call besides its tensors.

use std::ops::Range;

use candle_core::{Result, bail};

use super::bias::Distances;
use super::mask::Dropped;
use super::{Attention, Bias};
use crate::mode::Mode;
use crate::offsets::Offsets;

/// Sizes, masks and biases of one call.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) n_heads: usize,
    pub(super) n_kv_heads: usize,
    pub(super) head_dim: usize,
    pub(super) scale: f64,
    is_causal: bool,
    window: Option<usize>,
    pub(super) distances: Distances,
    pub(super) dropped: Option<Dropped>,
    pub(super) q_offsets: Offsets,
}

impl Plan {
    /// Checks the options against each other and the width of the queries.
    pub(crate) fn new(
        op: &'static str,
        options: &Attention,
        q_width: usize,
        q_offsets: &Offsets,
        mode: Mode,
    ) -> Result<Self> {
        let &Attention { n_heads, n_kv_heads, is_causal, scale, dropout, window, ref bias } =
            options;
        if n_heads == 0 || n_kv_heads == 0 || !n_heads.is_multiple_of(n_kv_heads) {
            bail!("{op}: {n_heads} heads cannot share {n_kv_heads} heads of keys and values");
        }
        if q_width == 0 || !q_width.is_multiple_of(n_heads) {
            bail!("{op}: queries of width {q_width} do not divide into {n_heads} heads");
        }
        if !(0. ..1.).contains(&dropout) {
            bail!("{op}: the dropout probability must be at least 0 and below 1, got {dropout}");
        }
        if scale.is_some_and(|scale| !(scale > 0. && scale.is_finite())) {
            bail!("{op}: the scale must be positive, got {scale:?}");
        }
        let dropped = match mode {
            Mode::Train(key) if dropout > 0. => Some(Dropped::new(key.random(), dropout)),
            _ => None,
        };
        let head_dim = q_width / n_heads;
        Ok(Self {
            n_heads,
            n_kv_heads,
            head_dim,
            scale: scale.unwrap_or(1. / (head_dim as f64).sqrt()),
            is_causal,
            window,
            distances: bias.distances(op, n_heads)?,
            dropped,
            q_offsets: q_offsets.clone(),
        })
    }

    /// Heads of queries that share one head of keys and values.
    pub(super) fn group(&self) -> usize {
        self.n_heads / self.n_kv_heads
    }

    pub(super) fn q_width(&self) -> usize {
        self.n_heads * self.head_dim
    }

    pub(crate) fn kv_width(&self) -> usize {
        self.n_kv_heads * self.head_dim
    }

    /// The keys that query `i` of `n_q` sees, of `n_k`. Neither end falls as `i` rises.
    #[inline(always)]
    pub(super) fn visible(&self, n_q: usize, n_k: usize, i: usize) -> Range<usize> {
        // The place beside the query, counted from `n_q` before the first key.
        let place = i + n_k;
        // Halved, so that no sum below overflows.
        let window = self.window.unwrap_or(usize::MAX).min(usize::MAX / 2);
        let start = place.saturating_sub(window).saturating_sub(n_q).min(n_k);
        let reach = if self.is_causal { 0 } else { window };
        let end = (place + reach + 1).saturating_sub(n_q).min(n_k);
        start..end.max(start)
    }

    /// The keys that any of these queries sees.
    pub(super) fn visible_to_any(
        &self,
        n_q: usize,
        n_k: usize,
        queries: Range<usize>,
    ) -> Range<usize> {
        let first = self.visible(n_q, n_k, queries.start);
        let last = self.visible(n_q, n_k, queries.end - 1);
        first.start..last.end.max(first.start)
    }

    /// Whether a sentence is worth more than one task. Depends on the batch alone, and no sum goes
    /// over more than one task, so results do not depend on the number of threads.
    pub(super) fn is_large(&self, n_q: usize, n_k: usize) -> bool {
        const MULTIPLICATIONS: usize = 1 << 21;
        const KEY_ELEMENTS: usize = 1 << 16;
        n_q * n_k * self.q_width() >= MULTIPLICATIONS || n_k * self.kv_width() >= KEY_ELEMENTS
    }
}

/// What of `visible` lies in a tile, counted from the tile's first key.
#[inline(always)]
pub(super) fn within(visible: Range<usize>, keys: &Range<usize>) -> Range<usize> {
    let start = visible.start.max(keys.start);
    let end = visible.end.min(keys.end).max(start);
    start - keys.start..end - keys.start
}

impl Bias {
    /// What the kernels know of it; fails if it is for another number of heads.
    fn distances(&self, op: &'static str, n_heads: usize) -> Result<Distances> {
        match self {
            Self::None => Ok(Distances::Ignored),
            Self::Alibi(slopes) if slopes.len() == n_heads => Ok(Distances::Linear(slopes.clone())),
            Self::Alibi(slopes) => bail!("{op}: {} slopes for {n_heads} heads", slopes.len()),
            Self::Relative(bias) => Ok(Distances::Table(bias.checked_columns(op, n_heads)?)),
        }
    }
}
