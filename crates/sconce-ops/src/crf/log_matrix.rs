//! Products of a matrix of scores with a vector in the semiring of log-sum-exp and addition,
//! `out[j] = ln Σ_i exp(input[i] + score[i, j])`: the step of the forward and of the backward
//! algorithm.
//!
//! The scores are exponentiated once, each output's shifted so that its largest becomes 1; then a
//! step is a plain matrix-vector product of `exp(input)`. What cannot be told so, because the terms
//! are so small that they vanish, is summed again with the logarithms themselves: any scores give
//! exact results, and only strange ones cost time.

use crate::element::Element;
use crate::simd::max;

/// Outputs that are summed side by side in registers: one of the widest vectors of `f32`.
pub(super) const LANES: usize = 16;

/// A sum below this may lack terms that have vanished. They are below the smallest normal number,
/// 1.2e-38 in `f32`, so even a thousand of them do not show above it.
const SMALLEST_SUM: f64 = 1e-28;

/// The smallest multiple of [`LANES`] that holds `n`.
pub(super) fn padded(n: usize) -> usize {
    n.next_multiple_of(LANES)
}

/// A square matrix of scores.
pub(super) struct LogMatrix<T> {
    n: usize,
    /// `(output, input)`.
    scores: Vec<T>,
    /// The largest score of each output; 0 where that is infinite. Padded.
    shifts: Vec<T>,
    /// `exp(score - shift)`, `(output / LANES, input, output % LANES)`: 0 beyond the matrix.
    exponentials: Vec<T>,
}

impl<T: Element> LogMatrix<T> {
    /// The matrix of `score(input, output)`.
    pub(super) fn new(n: usize, score: impl Fn(usize, usize) -> T) -> Self {
        let mut scores = Vec::with_capacity(n * n);
        let mut shifts = vec![T::zero(); padded(n)];
        let mut exponentials = vec![T::zero(); padded(n) * n];
        for (output, shift) in shifts.iter_mut().enumerate().take(n) {
            scores.extend((0..n).map(|input| score(input, output)));
            let scores = &scores[output * n..];
            let largest = max(scores);
            *shift = if largest == T::NEG_INFINITY { T::zero() } else { largest };
            let block = output / LANES * n * LANES + output % LANES;
            for (input, &score) in scores.iter().enumerate() {
                exponentials[block + input * LANES] = (score - *shift).exp();
            }
        }
        Self { n, scores, shifts, exponentials }
    }

    /// The score of each input for one output.
    #[inline(always)]
    pub(super) fn scores_into(&self, output: usize) -> &[T] {
        &self.scores[output * self.n..][..self.n]
    }

    /// What the largest score of each output was before it became 1, padded.
    #[inline(always)]
    pub(super) fn shifts(&self) -> &[T] {
        &self.shifts
    }

    /// `exp(score - shift)` of one input and output.
    pub(super) fn exponential(&self, input: usize, output: usize) -> T {
        let block = output / LANES * self.n * LANES;
        self.exponentials[block + input * LANES + output % LANES]
    }

    /// The product with `input`, whose largest element is 0 and whose exponentials are `powers`;
    /// all padded.
    #[inline(always)]
    pub(super) fn product(&self, input: &[T], powers: &[T], out: &mut [T]) {
        let smallest = T::from_f64(SMALLEST_SUM);
        for (block, (out, shifts)) in
            out.chunks_exact_mut(LANES).zip(self.shifts.chunks_exact(LANES)).enumerate()
        {
            let sums = self.sums(block, &powers[..self.n]);
            let first = block * LANES;
            for lane in 0..LANES.min(self.n - first) {
                // False of NaN, which goes through.
                out[lane] = if sums[lane] < smallest {
                    log_sum(self.scores_into(first + lane), &input[..self.n])
                } else {
                    sums[lane].ln() + shifts[lane]
                };
            }
        }
    }

    /// `Σ powers · exponentials` of one block of outputs.
    #[inline(always)]
    fn sums(&self, block: usize, powers: &[T]) -> [T; LANES] {
        // Two sums side by side, since each addition waits for the one before.
        let mut sums = [[T::zero(); LANES]; 2];
        let rows = self.exponentials[block * self.n * LANES..].as_chunks::<LANES>().0;
        let (pairs, rest) = powers.as_chunks::<2>();
        for (powers, rows) in pairs.iter().zip(rows.chunks_exact(2)) {
            for (i, sums) in sums.iter_mut().enumerate() {
                for lane in 0..LANES {
                    sums[lane] = powers[i].fma(rows[i][lane], sums[lane]);
                }
            }
        }
        let [mut sums, others] = sums;
        for (power, row) in rest.iter().zip(&rows[2 * pairs.len()..]) {
            for lane in 0..LANES {
                sums[lane] = power.fma(row[lane], sums[lane]);
            }
        }
        for lane in 0..LANES {
            sums[lane] += others[lane];
        }
        sums
    }
}

/// `ln Σ exp(a + b)`; `-∞` of nothing but `-∞`.
fn log_sum<T: Element>(a: &[T], b: &[T]) -> T {
    let terms: Vec<T> = a.iter().zip(b).map(|(&a, &b)| a + b).collect();
    log_sum_exp(&terms)
}

/// `ln Σ exp(x)`; `-∞` of nothing but `-∞`, NaN where there is one.
#[inline(always)]
pub(super) fn log_sum_exp<T: Element>(x: &[T]) -> T {
    let largest = max(x);
    // Also of nothing but NaN, which the sum tells apart.
    if largest == T::NEG_INFINITY {
        return crate::simd::sum(x);
    }
    let sum = crate::simd::fold(x, T::zero(), |sum, x| sum + (x - largest).exp(), |a, b| a + b);
    largest + sum.ln()
}

/// Subtracts the largest element, which becomes 0, and gives it; does nothing where that is
/// infinite.
#[inline(always)]
pub(super) fn normalize<T: Element>(x: &mut [T]) -> T {
    let largest = max(x);
    if largest == T::NEG_INFINITY {
        return T::zero();
    }
    for x in x {
        *x -= largest;
    }
    largest
}
