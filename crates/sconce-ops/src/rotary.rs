//! Rotary position embedding (Su et al., 2021, arXiv:2104.09864): turns pairs of a head's elements by
//! an angle that grows with the token's position, so that a product of two heads depends on their
//! distance: `(a, b) -> (a cos t - b sin t, a sin t + b cos t)` with `t = position · frequency`.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::simd::dispatch;

mod composed;
mod frequencies;

pub use frequencies::RotaryScaling;

/// Tokens that one task turns.
const BLOCK: usize = 32;

/// Which elements are paired and how fast each pair turns. Cheap to clone; clones share one table of
/// sines and cosines, which grows with the positions that are asked for.
#[derive(Debug, Clone)]
pub struct Rotary {
    head_dim: usize,
    is_interleaved: bool,
    /// Angle of each pair at position 1.
    frequencies: Arc<[f64]>,
    /// Factor of sines and cosines.
    magnitude: f64,
    table: Arc<RwLock<Arc<Table>>>,
}

/// Cosines and then sines of each position in turn.
#[derive(Debug, Default)]
struct Table(Vec<f64>);

impl Rotary {
    /// Turns all of a head, pairing element `i` with `i + head_dim / 2` (Hugging Face's
    /// `rotate_half`, as in Llama): pair `i` turns by `theta^(-2i / head_dim)` a position.
    ///
    /// # Errors
    /// If `head_dim` is odd or zero, or `theta` is not positive.
    pub fn new(head_dim: usize, theta: f64) -> Result<Self> {
        Self::partial(head_dim, head_dim, theta)
    }

    /// Turns the first `n_rotated` elements of a head only, as if they were the head (GPT-NeoX,
    /// GPT-J).
    ///
    /// # Errors
    /// If `n_rotated` is odd, zero or above `head_dim`, or `theta` is not positive.
    pub fn partial(head_dim: usize, n_rotated: usize, theta: f64) -> Result<Self> {
        if n_rotated == 0 || n_rotated % 2 == 1 || n_rotated > head_dim {
            bail!(
                "rotary: cannot turn {n_rotated} elements of a head of {head_dim}; take an even number from 2"
            );
        }
        if !(theta > 0. && theta.is_finite()) {
            bail!("rotary: theta must be positive, got {theta}");
        }
        Ok(Self::of(head_dim, frequencies::plain(n_rotated, theta), 1.))
    }

    fn of(head_dim: usize, frequencies: Vec<f64>, magnitude: f64) -> Self {
        Self {
            head_dim,
            is_interleaved: false,
            frequencies: frequencies.into(),
            magnitude,
            table: Arc::default(),
        }
    }

    /// Pairs element `2i` with `2i + 1` instead (the paper, GPT-J).
    #[must_use]
    pub fn interleaved(self) -> Self {
        Self { is_interleaved: true, ..self }
    }

    /// Slows the turning down for texts longer than those of the training.
    ///
    /// # Errors
    /// If a number of the scaling makes no sense.
    pub fn scaled(self, scaling: &RotaryScaling) -> Result<Self> {
        let (frequencies, magnitude) = scaling.apply(&self.frequencies)?;
        let scaled = Self::of(self.head_dim, frequencies, magnitude);
        Ok(Self { is_interleaved: self.is_interleaved, ..scaled })
    }

    /// Elements of a head.
    pub fn head_dim(&self) -> usize {
        self.head_dim
    }

    /// Numbers of the table for one position.
    fn per_position(&self) -> usize {
        2 * self.frequencies.len()
    }

    /// The table, up to these positions at least.
    fn table(&self, positions: &[u32]) -> Arc<Table> {
        let n = positions.iter().max().map_or(0, |&last| last as usize + 1);
        let per_position = self.per_position();
        let known = self.table.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.0.len() >= n * per_position {
            return known;
        }
        let mut known = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let first = known.0.len() / per_position;
        if first < n {
            // Twice what there is, so that decoding does not copy the table at every step.
            let n = n.max(2 * first);
            let mut values = Vec::with_capacity(n * per_position);
            values.extend_from_slice(&known.0);
            for position in first..n {
                let angles = || self.frequencies.iter().map(|f| f * position as f64);
                values.extend(angles().map(|angle| self.magnitude * angle.cos()));
                values.extend(angles().map(|angle| self.magnitude * angle.sin()));
            }
            *known = Arc::new(Table(values));
        }
        known.clone()
    }
}

/// Turns all heads of each token by the token's position.
///
/// # Shapes
/// - x: `(n_tokens, n_heads * head_dim)`, with a position for each token
/// - output: as x
///
/// # Errors
/// If the width does not divide by `head_dim`, or the number of positions is another.
pub fn rotary(x: &Tensor, positions: &[u32], options: &Rotary) -> Result<Tensor> {
    let n_heads = x.dims2()?.1 / options.head_dim;
    rotary_heads(x, positions, 0..n_heads, options)
}

/// Turns some heads of each token and leaves the others as they are: of queries, keys and values
/// packed for [`self_attention`](crate::self_attention) the first `n_heads + n_kv_heads`.
///
/// # Shapes
/// - x: `(n_tokens, n_all_heads * head_dim)`, with a position for each token
/// - output: as x
///
/// # Errors
/// As [`rotary`]; also if there are no such heads.
pub fn rotary_heads(
    x: &Tensor,
    positions: &[u32],
    heads: Range<usize>,
    options: &Rotary,
) -> Result<Tensor> {
    let (n_tokens, width) = x.dims2()?;
    let head_dim = options.head_dim;
    if !width.is_multiple_of(head_dim) {
        bail!("rotary: width {width} does not divide into heads of {head_dim}");
    }
    if heads.start > heads.end || heads.end * head_dim > width {
        bail!("rotary: heads {heads:?} of {}", width / head_dim);
    }
    if positions.len() != n_tokens {
        bail!("rotary: {n_tokens} tokens, {} positions", positions.len());
    }
    let table = options.table(positions);
    let turn = Turn { options: options.clone(), positions: positions.into(), table, heads, width };
    if has_kernel(x) { x.contiguous()?.apply_op1(turn) } else { turn.composed(x) }
}

/// One call.
struct Turn {
    options: Rotary,
    positions: Arc<[u32]>,
    table: Arc<Table>,
    heads: Range<usize>,
    width: usize,
}

impl CustomOp1 for Turn {
    fn name(&self) -> &'static str {
        "rotary"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            Ok(result(self.turned(x, false), layout.shape()))
        })
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), gradient.dtype(), T => {
            with_elements(self.name(), gradient, |values: &[T]| {
                let values = self.turned(values, true);
                Tensor::from_vec(values, gradient.shape(), gradient.device()).map(Some)
            })
        })
    }
}

impl Turn {
    /// Cosines and sines of a token.
    #[inline(always)]
    fn angles(&self, token: usize) -> (&[f64], &[f64]) {
        let per_position = self.options.per_position();
        let row = &self.table.0[self.positions[token] as usize * per_position..][..per_position];
        row.split_at(per_position / 2)
    }

    /// `x` turned, or turned back.
    fn turned<T: Element>(&self, x: &[T], back: bool) -> Vec<T> {
        let mut out = vec![T::zero(); x.len()];
        let size = (BLOCK * self.width).max(1);
        out.par_chunks_mut(size).zip(x.par_chunks(size)).enumerate().for_each(
            |(block, (rows, x))| {
                rows.copy_from_slice(x);
                let mut cos = vec![T::zero(); self.options.frequencies.len()];
                let mut sin = cos.clone();
                for (row, values) in rows.chunks_exact_mut(self.width).enumerate() {
                    let angles = self.angles(block * BLOCK + row);
                    self.turn_token(values, angles, (&mut cos, &mut sin), back);
                }
            },
        );
        out
    }

    fn turn_token<T: Element>(
        &self,
        values: &mut [T],
        angles: (&[f64], &[f64]),
        (cos, sin): (&mut [T], &mut [T]),
        back: bool,
    ) {
        let head_dim = self.options.head_dim;
        let n_pairs = self.options.frequencies.len();
        let values = &mut values[self.heads.start * head_dim..self.heads.end * head_dim];
        dispatch(
            #[inline(always)]
            || {
                let sign = if back { -1. } else { 1. };
                for (to, &from) in cos.iter_mut().zip(angles.0) {
                    *to = T::from_f64(from);
                }
                for (to, &from) in sin.iter_mut().zip(angles.1) {
                    *to = T::from_f64(sign * from);
                }
                for head in values.chunks_exact_mut(head_dim) {
                    if self.options.is_interleaved {
                        turn_neighbours(&mut head[..2 * n_pairs], cos, sin);
                    } else {
                        turn_halves(&mut head[..2 * n_pairs], cos, sin);
                    }
                }
            },
        );
    }
}

#[inline(always)]
fn turn_halves<T: Element>(head: &mut [T], cos: &[T], sin: &[T]) {
    let (first, second) = head.split_at_mut(cos.len());
    for ((a, b), (&cos, &sin)) in first.iter_mut().zip(second).zip(cos.iter().zip(sin)) {
        (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
    }
}

#[inline(always)]
fn turn_neighbours<T: Element>(head: &mut [T], cos: &[T], sin: &[T]) {
    let pairs = head.as_chunks_mut::<2>().0;
    for ([a, b], (&cos, &sin)) in pairs.iter_mut().zip(cos.iter().zip(sin)) {
        (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
    }
}

#[cfg(test)]
mod tests;
