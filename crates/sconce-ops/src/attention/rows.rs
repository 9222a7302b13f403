//! What is done to a row of a tile, from its scores to its weights and to their gradients. Rows come
//! with their padding, so there is no remainder of a vector anywhere.

use std::ops::Range;

use super::mask::Dropped;
use super::tile::LANES;
use crate::element::Element;

/// Sets what lies outside of `visible`.
#[inline(always)]
pub(super) fn hide<T: Element>(row: &mut [T], visible: &Range<usize>, value: T) {
    row[..visible.start].fill(value);
    row[visible.end..].fill(value);
}

/// Puts `x · scale + bias` in place of each element and gives the largest.
#[inline(always)]
pub(super) fn scale<T: Element>(row: &mut [T], scale: T, bias: Option<&[T]>) -> T {
    let mut lanes = [T::NEG_INFINITY; LANES];
    let row = row.as_chunks_mut::<LANES>().0;
    match bias {
        None => {
            for chunk in row {
                for lane in 0..LANES {
                    chunk[lane] *= scale;
                    lanes[lane] = lanes[lane].larger(chunk[lane]);
                }
            }
        }
        Some(bias) => {
            for (chunk, bias) in row.iter_mut().zip(bias.as_chunks::<LANES>().0) {
                for lane in 0..LANES {
                    chunk[lane] = chunk[lane].fma(scale, bias[lane]);
                    lanes[lane] = lanes[lane].larger(chunk[lane]);
                }
            }
        }
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = lanes[lane].larger(lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// Puts `exp(x - largest)` in place of each element and gives their sum.
#[inline(always)]
pub(super) fn exponentials<T: Element>(row: &mut [T], largest: T) -> T {
    let mut lanes = [T::zero(); LANES];
    for chunk in row.as_chunks_mut::<LANES>().0 {
        for lane in 0..LANES {
            chunk[lane] = (chunk[lane] - largest).exp();
            lanes[lane] += chunk[lane];
        }
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// Puts the weight of each score in its place.
#[inline(always)]
pub(super) fn normalize<T: Element>(
    row: &mut [T],
    scale: T,
    bias: Option<&[T]>,
    [largest, factor]: [T; 2],
) {
    match bias {
        None => {
            let shift = T::zero() - largest;
            for x in row {
                *x = x.fma(scale, shift).exp() * factor;
            }
        }
        Some(bias) => {
            for (x, &bias) in row.iter_mut().zip(bias) {
                *x = x.fma(scale, bias - largest).exp() * factor;
            }
        }
    }
}

/// Multiplies by the factors of dropout, from `key` on.
#[inline(always)]
pub(super) fn drop<T: Element>(row: &mut [T], dropped: Dropped, number: usize, key: usize) {
    for (i, chunk) in row.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let factors = dropped.factors::<T>(number, key + i * LANES);
        for lane in 0..LANES {
            chunk[lane] *= factors[lane];
        }
    }
}

/// From weights `p` and the gradient `dp` of what the values were weighted with: `dp` becomes the
/// gradient of the scores, `p · (dp - mean)`, where `mean` is `Σ p · dp`.
#[inline(always)]
pub(super) fn score_gradient<T: Element>(p: &[T], dp: &mut [T], mean: T) {
    for (&p, dp) in p.iter().zip(dp) {
        *dp = p * (*dp - mean);
    }
}

/// The same under dropout, which `dp` has not been through; `p` becomes what the values were
/// weighted with.
#[inline(always)]
pub(super) fn dropped_score_gradient<T: Element>(
    p: &mut [T],
    dp: &mut [T],
    mean: T,
    dropped: Dropped,
    (number, key): (usize, usize),
) {
    let chunks = p.as_chunks_mut::<LANES>().0.iter_mut().zip(dp.as_chunks_mut::<LANES>().0);
    for (i, (p, dp)) in chunks.enumerate() {
        let factors = dropped.factors::<T>(number, key + i * LANES);
        for lane in 0..LANES {
            dp[lane] = p[lane] * (dp[lane] * factors[lane] - mean);
            p[lane] *= factors[lane];
        }
    }
}

/// `Σ x · y`.
#[inline(always)]
pub(super) fn dot<T: Element>(x: &[T], y: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            lanes[lane] = x[lane].fma(y[lane], lanes[lane]);
        }
    }
    for ((lane, &x), &y) in lanes.iter_mut().zip(x_rest).zip(y_rest) {
        *lane = x.fma(y, *lane);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}
