//! The likelihood by candle's own operations, for devices without a kernel here: the forward
//! algorithm over the tokens of a padded batch, one step for all sentences at a time.

use std::ops::Range;

use candle_core::{DType, Result, Tensor};

use super::AllowedTransitions;
use crate::offsets::Offsets;

/// Stands for minus infinity, which turns into NaN where it meets itself.
const FORBIDDEN: f32 = -1e30;

/// The likelihood of `tags`; `[transitions, starts, ends]` are the weights.
pub(super) fn negative_log_likelihood(
    emissions: &Tensor,
    weights: [&Tensor; 3],
    allowed: Option<&AllowedTransitions>,
    tags: &[u32],
    offsets: &Offsets,
) -> Result<Tensor> {
    let dtype = emissions.dtype();
    // A sum over a sentence needs more digits than half precision has.
    let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
    if offsets.n_tokens() == 0 {
        return Tensor::zeros(offsets.n_rows(), dtype, emissions.device());
    }
    let emissions = emissions.to_dtype(wide)?;
    let [transitions, starts, ends] = weights.map(|weight| weight.to_dtype(wide));
    let weights = [transitions?, starts?, ends?];
    let paths = path_scores(&emissions, &weights, tags, offsets)?;
    let masked = match allowed {
        Some(allowed) => mask(weights, allowed)?,
        None => weights,
    };
    (log_sums(&emissions, &masked, offsets)? - paths)?.to_dtype(dtype)
}

fn mask(weights: [Tensor; 3], allowed: &AllowedTransitions) -> Result<[Tensor; 3]> {
    let masked = |weight: &Tensor, mask: &[bool]| {
        let penalties = mask.iter().map(|&is| if is { 0. } else { FORBIDDEN });
        let penalties = Tensor::from_iter(penalties, weight.device())?;
        weight + penalties.reshape(weight.shape())?.to_dtype(weight.dtype())?
    };
    let [transitions, starts, ends] = weights;
    Ok([
        masked(&transitions, &allowed.transitions)?,
        masked(&starts, &allowed.starts)?,
        masked(&ends, &allowed.ends)?,
    ])
}

/// The log of the sum over all paths of each sentence, `(batch,)`.
fn log_sums(
    emissions: &Tensor,
    [transitions, starts, ends]: &[Tensor; 3],
    offsets: &Offsets,
) -> Result<Tensor> {
    let (n_tokens, n_labels) = emissions.dims2()?;
    let (batch, device) = (offsets.n_rows(), emissions.device());
    let longest = offsets.iter().map(|row| row.len()).max().unwrap_or(0);
    // Row `n_tokens` stands for what is not there.
    let zeros = Tensor::zeros((1, n_labels), emissions.dtype(), device)?;
    let padded = Tensor::cat(&[emissions, &zeros], 0)?;
    let transitions = transitions.unsqueeze(0)?; // (1, from, to)
    let mut prefix = Tensor::zeros((batch, n_labels), emissions.dtype(), device)?;
    let mut scale = Tensor::zeros((batch, 1), emissions.dtype(), device)?;
    for step in 0..longest {
        let token = |row: Range<usize>| (step < row.len()).then_some(row.start + step);
        let tokens: Vec<Option<usize>> = offsets.iter().map(token).collect();
        let is_there = tokens.iter().map(|token| u8::from(token.is_some()));
        let is_there = Tensor::from_iter(is_there, device)?.unsqueeze(1)?;
        let places = tokens.iter().map(|token| token.unwrap_or(n_tokens) as u32);
        let emissions = padded.index_select(&Tensor::from_iter(places, device)?, 0)?;
        let next = if step == 0 {
            emissions.broadcast_add(starts)?
        } else {
            let pairs = prefix.unsqueeze(2)?.broadcast_add(&transitions)?;
            (log_sum_exp(&pairs, 1)? + emissions)?
        };
        let is_there = is_there.broadcast_as(next.shape())?.contiguous()?;
        let next = is_there.where_cond(&next, &prefix)?;
        // Small numbers keep their digits. What is taken off here comes back below, so it needs no
        // gradient.
        let largest = next.detach().max_keepdim(1)?;
        prefix = next.broadcast_sub(&largest)?;
        scale = (scale + largest)?;
    }
    let has_tokens = offsets.iter().map(|row| if row.is_empty() { 0f32 } else { 1. });
    let has_tokens = Tensor::from_iter(has_tokens, device)?.to_dtype(emissions.dtype())?;
    (log_sum_exp(&prefix.broadcast_add(ends)?, 1)? + scale.squeeze(1)?)? * has_tokens
}

/// The score of each sentence's tags, `(batch,)`: all its parts picked by flat index and added to
/// its row.
fn path_scores(
    emissions: &Tensor,
    [transitions, starts, ends]: &[Tensor; 3],
    tags: &[u32],
    offsets: &Offsets,
) -> Result<Tensor> {
    let n_labels = starts.dim(0)? as u32;
    let (mut emitted, mut passed, mut started, mut ended) = (vec![], vec![], vec![], vec![]);
    let mut rows: [Vec<u32>; 3] = Default::default();
    for (row, tokens) in offsets.iter().enumerate() {
        let row = row as u32;
        emitted.extend(tokens.clone().map(|token| token as u32 * n_labels + tags[token]));
        let path = &tags[tokens];
        passed.extend(path.windows(2).map(|pair| pair[0] * n_labels + pair[1]));
        started.extend(path.first());
        ended.extend(path.last());
        rows[0].resize(emitted.len(), row);
        rows[1].resize(passed.len(), row);
        rows[2].resize(started.len(), row);
    }
    let device = emissions.device();
    let [emitted_rows, passed_rows, end_rows] = rows;
    let mut sums = Tensor::zeros(offsets.n_rows(), emissions.dtype(), device)?;
    for (scores, places, rows) in [
        (emissions, emitted, &emitted_rows),
        (transitions, passed, &passed_rows),
        (starts, started, &end_rows),
        (ends, ended, &end_rows),
    ] {
        if !places.is_empty() {
            let picked = scores.flatten_all()?.index_select(&Tensor::new(places, device)?, 0)?;
            sums = sums.index_add(&Tensor::new(rows.as_slice(), device)?, &picked, 0)?;
        }
    }
    Ok(sums)
}

/// `ln Σ exp(x)` over one dimension, which goes.
fn log_sum_exp(x: &Tensor, dim: usize) -> Result<Tensor> {
    // Its gradient would cancel out.
    let largest = x.detach().max_keepdim(dim)?;
    let sum = x.broadcast_sub(&largest)?.exp()?.sum_keepdim(dim)?;
    (sum.log()? + largest)?.squeeze(dim)
}
