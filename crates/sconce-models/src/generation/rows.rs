//! Reading rows of logits where they lie, and the three things asked of a row: its largest element,
//! the logarithm of its exponentials' sum, and whether it holds something that is no number.
//!
//! The loops go over blocks of a fixed number of lanes, which compilers turn into vectors.

use candle_core::{DType, Result, Storage, Tensor};

const LANES: usize = 16;

/// Elements of a block: what is looked through again once the right block is known.
const BLOCK: usize = 256;

/// Runs `body` on the rows of logits, one after the other: in place where they are `f32` on the
/// CPU, on one copy otherwise.
pub(super) fn with_rows<R>(logits: &Tensor, body: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let logits = logits.to_dtype(DType::F32)?.contiguous()?;
    {
        let (storage, layout) = logits.storage_and_layout();
        if let (Storage::Cpu(cpu), Some((start, end))) = (&*storage, layout.contiguous_offsets()) {
            return Ok(body(&cpu.as_slice::<f32>()?[start..end]));
        }
    }
    Ok(body(&logits.flatten_all()?.to_vec1::<f32>()?))
}

/// The largest element; `-∞` of none. NaN is passed over.
pub(super) fn max(row: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, x);
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |max, &x| larger(max, x))
}

/// The first of the largest elements; `None` if nothing is above `-∞`.
pub(super) fn argmax(row: &[f32]) -> Option<usize> {
    let (mut best, mut start) = (f32::NEG_INFINITY, None);
    for (block, elements) in row.chunks(BLOCK).enumerate() {
        let max = max(elements);
        if max > best {
            (best, start) = (max, Some(block * BLOCK));
        }
    }
    let start = start?;
    row[start..].iter().position(|&x| x == best).map(|at| start + at)
}

/// True if an element is no number.
pub(super) fn has_nan(row: &[f32]) -> bool {
    let mut lanes = [false; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane |= x.is_nan();
        }
    }
    lanes.contains(&true) || rest.iter().any(|x| x.is_nan())
}

/// `e^x` for `x ≤ 0` within 2e-7 of its value, 0 below -87: the polynomial of Moshier's Cephes,
/// without a branch.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding it rounds to a whole number, which its low bits then hold.
    const ROUND: f32 = 12_582_912.;
    let is_zero = x < -87.;
    let x = if is_zero { -87. } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    // ln 2 in two parts, the first of few bits, so that the difference is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut y = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        y = y * r + coefficient;
    }
    let y = (y * r) * r + r + 1.;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    if is_zero { 0. } else { y * power }
}

/// Replaces each element by `e^(x - max)` and gives their sum, with `max` the largest.
pub(super) fn exponentials(row: &mut [f32], max: f32) -> f64 {
    let sums = row.chunks_mut(BLOCK).map(|block| {
        for x in block.iter_mut() {
            *x = exp(*x - max);
        }
        f64::from(sum(block))
    });
    sums.sum()
}

/// `Σ e^(x - max)`.
pub(super) fn sum_of_exponentials(row: &[f32], max: f32) -> f64 {
    let mut buffer = [0f32; BLOCK];
    let sums = row.chunks(BLOCK).map(|block| {
        let buffer = &mut buffer[..block.len()];
        for (y, &x) in buffer.iter_mut().zip(block) {
            *y = exp(x - max);
        }
        f64::from(sum(buffer))
    });
    sums.sum()
}

/// The logarithm of softmax: `(x - max) - ln Σ e^(x - max)`, for any elements of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogSoftmax {
    max: f32,
    log_sum: f32,
}

impl LogSoftmax {
    pub(super) fn of(row: &[f32]) -> Self {
        let max = max(row);
        Self { max, log_sum: sum_of_exponentials(row, max).ln() as f32 }
    }

    pub(super) fn at(self, logit: f32) -> f32 {
        (logit - self.max) - self.log_sum
    }
}

/// The index at which the running sum of `weights` passes `uniform` of their `total`, which
/// [`exponentials`] gave; `None` if all are 0.
pub(super) fn pick(weights: &[f32], total: f64, uniform: f64) -> Option<usize> {
    let mut left = uniform * total;
    for (block, elements) in weights.chunks(BLOCK).enumerate() {
        let mass = f64::from(sum(elements));
        if mass > left {
            for (at, &weight) in elements.iter().enumerate() {
                left -= f64::from(weight);
                if left < 0. {
                    return Some(block * BLOCK + at);
                }
            }
            // Rounding: the elements' own sum is a little smaller than that of the lanes.
            left = 0.;
        } else {
            left -= mass;
        }
    }
    weights.iter().rposition(|&weight| weight > 0.)
}

fn sum(row: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    lanes.iter().chain(rest).sum()
}

#[cfg(test)]
mod tests;
