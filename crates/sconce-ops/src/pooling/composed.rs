//! The same functions by candle's own operations, for devices without a kernel here.

use candle_core::{Result, Tensor};

use super::pick::Place;
pub(crate) use super::sum::Scale;
use crate::offsets::Offsets;

/// A product with the matrix that has the factor of each (row, token).
pub(crate) fn sum(x: &Tensor, offsets: &Offsets, scale: Scale) -> Result<Tensor> {
    let n_tokens = offsets.n_tokens();
    if n_tokens == 0 {
        return zeros(x, offsets);
    }
    let mut factors = vec![0f32; offsets.n_rows() * n_tokens];
    for (row, tokens) in offsets.iter().enumerate() {
        let factor = scale.of(tokens.len()) as f32;
        factors[row * n_tokens..][tokens].fill(factor);
    }
    let factors = Tensor::from_vec(factors, (offsets.n_rows(), n_tokens), x.device())?;
    factors.to_dtype(x.dtype())?.matmul(&x.contiguous()?)
}

/// Short rows are filled up with their own last token, which never changes their maximum, nor,
/// since it comes later, their winner.
pub(crate) fn max(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    let dim = x.dim(1)?;
    let longest = offsets.iter().map(|row| row.len()).max().unwrap_or(0);
    if longest == 0 {
        return zeros(x, offsets);
    }
    let tokens = offsets.iter().flat_map(|row| {
        let last = row.end.wrapping_sub(1);
        let absent = offsets.n_tokens();
        let at = move |i: usize| if row.is_empty() { absent } else { (row.start + i).min(last) };
        (0..longest).map(move |i| at(i) as u32)
    });
    let tokens = Tensor::from_iter(tokens, x.device())?;
    let padded = with_zero_row(x)?.index_select(&tokens, 0)?;
    let padded = padded.reshape((offsets.n_rows(), longest, dim))?;
    // candle's maximum gives each of several equal values the whole gradient; picking one does not.
    let values = padded.detach();
    let is_nan = values.ne(&values)?;
    let has_nan = is_nan.max_keepdim(1)?.broadcast_as(is_nan.shape())?.contiguous()?;
    let keys = has_nan.where_cond(&is_nan.to_dtype(x.dtype())?, &values)?;
    let winner = keys.argmax_keepdim(1)?.contiguous()?;
    padded.gather(&winner, 1)?.squeeze(1)
}

pub(crate) fn pick(x: &Tensor, offsets: &Offsets, place: Place) -> Result<Tensor> {
    let absent = offsets.n_tokens();
    let tokens: Vec<u32> =
        place.tokens(offsets).map(|token| token.unwrap_or(absent) as u32).collect();
    with_zero_row(x)?.index_select(&Tensor::new(tokens, x.device())?, 0)
}

/// Row `n_tokens` stands for the tokens of an empty row.
fn with_zero_row(x: &Tensor) -> Result<Tensor> {
    Tensor::cat(&[x, &Tensor::zeros((1, x.dim(1)?), x.dtype(), x.device())?], 0)
}

fn zeros(x: &Tensor, offsets: &Offsets) -> Result<Tensor> {
    Tensor::zeros((offsets.n_rows(), x.dim(1)?), x.dtype(), x.device())
}
