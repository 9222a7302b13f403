//! The same by candle's own operations, with the same answers for rows of which nothing is left.

use candle_core::{D, Result, Tensor};

/// Softmax over what the mask keeps, or over all.
pub(super) fn softmax(x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let x = match mask {
        Some(mask) => mask.where_cond(x, &filled(f64::NEG_INFINITY, x)?)?,
        None => x.clone(),
    };
    let (_, exps, total) = exponentials(&x)?;
    exps.broadcast_div(&(&total + total.eq(0.)?.to_dtype(total.dtype())?)?)
}

pub(crate) fn log_softmax(x: &Tensor) -> Result<Tensor> {
    let (shifted, _, total) = exponentials(x)?;
    let is_empty = total.eq(0.)?;
    let total = (&total + is_empty.to_dtype(total.dtype())?)?;
    let log_probs = shifted.broadcast_sub(&total.log()?)?;
    // A row of -∞ alone, whose gradient ends here.
    let is_empty = is_empty.broadcast_as(x.shape())?.contiguous()?;
    is_empty.where_cond(&filled(f64::NEG_INFINITY, x)?, &log_probs)
}

/// The logits less their maximum, their exponentials, and the sums of these.
fn exponentials(x: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let largest = x.detach().max_keepdim(D::Minus1)?;
    let largest = largest.eq(f64::NEG_INFINITY)?.where_cond(&largest.zeros_like()?, &largest)?;
    let shifted = x.broadcast_sub(&largest)?;
    let exps = shifted.exp()?;
    let total = exps.sum_keepdim(D::Minus1)?;
    Ok((shifted, exps, total))
}

fn filled(value: f64, like: &Tensor) -> Result<Tensor> {
    let value = Tensor::full(value as f32, (), like.device())?.to_dtype(like.dtype())?;
    value.broadcast_as(like.shape())?.contiguous()
}
