//! One vector for each sentence of a packed batch: the sum, mean or maximum of its tokens, or its
//! first or last token.
//!
//! The maximum has one winner: among equal values the first token's, which alone has a gradient.
//! A NaN wins over every number, so that it reaches the loss and is seen.

use candle_core::{Result, Tensor};

use crate::element::{Element, has_kernel};
use crate::offsets::Offsets;

pub(crate) mod composed;
mod max;
mod pick;
mod sum;

/// Adds up the tokens of each row of a packed batch, `out[i] = Σ x[offsets[i]..offsets[i + 1]]`; a
/// row without tokens gives zeros.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If the offsets do not cover the tokens of `x`.
pub fn sum_over_time(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    sums(x, offsets, sum::Scale::One)
}

/// Averages the tokens of each row of a packed batch,
/// `out[i] = mean(x[offsets[i]..offsets[i + 1]])`; a row without tokens gives zeros.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If the offsets do not cover the tokens of `x`.
pub fn mean_over_time(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    sums(x, offsets, sum::Scale::PerToken)
}

fn sums(x: &Tensor, offsets: &Offsets, scale: sum::Scale) -> Result<Tensor> {
    check(scale.name(), x, offsets)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op1(sum::Sum { offsets: offsets.clone(), scale })
    } else {
        composed::sum(x, offsets, scale)
    }
}

/// The largest value of each column among the tokens of each row of a packed batch; a row without
/// tokens gives zeros, and no gradient.
///
/// The gradient goes to one token for each (row, column): the first of the largest.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If the offsets do not cover the tokens of `x`.
pub fn max_over_time(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    check("max_over_time", x, offsets)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op1(max::Max::new(offsets.clone(), x.track_op()))
    } else {
        composed::max(x, offsets)
    }
}

/// The first token of each row of a packed batch (BERT's pooling by `[CLS]`); a row without tokens
/// gives zeros.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If the offsets do not cover the tokens of `x`.
pub fn first_of_each(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    pick(x, offsets, pick::Place::First)
}

/// The last token of each row of a packed batch (the pooling of causal models); a row without
/// tokens gives zeros.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If the offsets do not cover the tokens of `x`.
pub fn last_of_each(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    pick(x, offsets, pick::Place::Last)
}

fn pick(x: &Tensor, offsets: &Offsets, place: pick::Place) -> Result<Tensor> {
    check(place.name(), x, offsets)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op1(pick::Pick { offsets: offsets.clone(), place })
    } else {
        composed::pick(x, offsets, place)
    }
}

fn check(op: &'static str, x: &Tensor, offsets: &Offsets) -> Result<()> {
    let (n_tokens, _) = x.dims2()?;
    offsets.expect_tokens(op, n_tokens)
}

/// In place of a winner where there is no token.
pub(crate) const NO_WINNER: u32 = u32::MAX;

/// Raises the maxima by the values of one token; the first of equal values stays, and a NaN wins
/// for good.
#[inline(always)]
pub(crate) fn raise<T: Element>(x: &[T], token: u32, max: &mut [T], winners: &mut [u32]) {
    for ((max, winner), &x) in max.iter_mut().zip(winners).zip(x) {
        let is_larger = (x > *max) | (x.is_nan() & !max.is_nan()) | (*winner == NO_WINNER);
        *max = if is_larger { x } else { *max };
        *winner = if is_larger { token } else { *winner };
    }
}

#[cfg(test)]
mod tests;
