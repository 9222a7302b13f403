//! The cosine of the angle of two rows, and the loss that draws pairs of rows together or apart.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::expect_pair;
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, with_elements};
use crate::reduction::Reduction;
use crate::rows::rows_per_task;
use crate::simd::{dispatch, dot};

/// Norms are taken as at least this, as PyTorch's `cosine_similarity` does.
const EPS: f64 = 1e-8;

/// The same for the loss: the root of what PyTorch adds to squared norms, 1e-12 in single precision.
const LOSS_EPS: f64 = 9.999_999_980_020_986e-7;

/// `x · y / (|x| · |y|)` of each pair of rows; a norm below 1e-8 counts as that, so a row of zeros
/// has similarity 0 with any other.
///
/// # Shapes
/// - x, y: `(.., dim)`, the same
/// - output: `(..)`
///
/// # Errors
/// If the shapes or types differ or the operands are scalars.
pub fn cosine_similarity(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    apply(Cosine::similarity(), x, y, Reduction::None)
}

/// `1 - cos(x, y)` of pairs that belong together, `max(0, cos(x, y) - margin)` of others; its mean is
/// over the pairs.
///
/// # Shapes
/// - x, y: `(n, dim)`; together: one for each pair
/// - output: a scalar, or `(n,)` for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types differ, or the number of pairs does.
pub fn cosine_embedding_loss(
    x: &Tensor,
    y: &Tensor,
    together: &[bool],
    margin: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    let (n, _) = x.dims2()?;
    if together.len() != n {
        bail!("cosine_embedding_loss: {n} pairs of rows, {} flags", together.len());
    }
    apply(Cosine::embedding(together, margin), x, y, reduction)
}

fn apply(cosine: Cosine, x: &Tensor, y: &Tensor, reduction: Reduction) -> Result<Tensor> {
    let name = cosine.name();
    expect_pair(name, x, y)?;
    let Some((&dim, rows)) = x.dims().split_last() else {
        bail!("{name}: the operands must have at least one dimension");
    };
    if !has_kernel(x) {
        return cosine.composed(x, y, reduction);
    }
    let is_tracked = x.track_op() || y.track_op();
    let rows = rows.to_vec();
    let op = Rows { cosine, reduction, rows, dim, is_tracked, stats: OnceLock::new() };
    x.contiguous()?.apply_op2(&y.contiguous()?, op)
}

pub(super) struct Cosine {
    outer: Outer,
    eps: f64,
}

/// What is made of the cosine.
enum Outer {
    Similarity,
    Embedding { together: Vec<bool>, margin: f64 },
}

impl Cosine {
    pub(super) fn similarity() -> Self {
        Self { outer: Outer::Similarity, eps: EPS }
    }

    pub(super) fn embedding(together: &[bool], margin: f64) -> Self {
        let outer = Outer::Embedding { together: together.to_vec(), margin };
        Self { outer, eps: LOSS_EPS }
    }

    fn name(&self) -> &'static str {
        match self.outer {
            Outer::Similarity => "cosine_similarity",
            Outer::Embedding { .. } => "cosine_embedding_loss",
        }
    }

    /// The result of a row and its derivative by the cosine.
    fn of(&self, row: usize, cosine: f64) -> (f64, f64) {
        match &self.outer {
            Outer::Similarity => (cosine, 1.),
            Outer::Embedding { together, .. } if together[row] => (1. - cosine, -1.),
            Outer::Embedding { margin, .. } if cosine > *margin => (cosine - margin, 1.),
            // What is not a number is larger than no margin, and must be seen.
            Outer::Embedding { .. } => (if cosine.is_nan() { cosine } else { 0. }, 0.),
        }
    }

    /// The same by candle's own operations.
    pub(super) fn composed(&self, x: &Tensor, y: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let norm = |x: &Tensor| {
            // The root of a small norm is only taken where it is not small.
            let square = x.sqr()?.sum(D::Minus1)?;
            let least = square.ones_like()?.affine(self.eps * self.eps, 0.)?;
            square.gt(&least)?.where_cond(&square, &least)?.sqrt()
        };
        let cosines = ((x * y)?.sum(D::Minus1)? / (norm(x)? * norm(y)?)?)?;
        let Outer::Embedding { together, margin } = &self.outer else { return Ok(cosines) };
        let flags = together.iter().map(|&together| u8::from(together)).collect();
        let flags = Tensor::from_vec::<_, u8>(flags, together.len(), x.device())?;
        let apart = (&cosines - *margin)?;
        let apart = apart.gt(0.)?.where_cond(&apart, &apart.zeros_like()?)?;
        let losses = flags.where_cond(&(1. - &cosines)?, &apart)?;
        reduction.composed(&losses, together.len() as f64)
    }
}

/// What is kept of a row: the norms, at least `eps`, and the cosine.
#[derive(Debug, Clone, Copy, Default)]
struct Stats {
    x_norm: f64,
    y_norm: f64,
    cosine: f64,
}

struct Rows {
    cosine: Cosine,
    reduction: Reduction,
    /// Shape of the rows.
    rows: Vec<usize>,
    dim: usize,
    is_tracked: bool,
    /// Of each row, if a backward pass may come.
    stats: OnceLock<Vec<Stats>>,
}

impl CustomOp2 for Rows {
    fn name(&self) -> &'static str {
        self.cosine.name()
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), x.dtype(), T => {
            let x: &[T] = contiguous(self.name(), x, x_layout)?;
            let y: &[T] = contiguous(self.name(), y, y_layout)?;
            let stats = self.forward(x, y);
            let values = stats.iter().enumerate();
            let values: Vec<f64> =
                values.map(|(row, stats)| self.cosine.of(row, stats.cosine).0).collect();
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.stats.set(stats);
            }
            Ok(self.reduction.of_rows::<T>(&values, values.len() as f64, &self.rows))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        y: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(stats) = self.stats.get() else {
            bail!("{}: backward before forward", self.name())
        };
        for_dtype!(self.name(), x.dtype(), T => {
            let mut scales = with_elements(self.name(), upstream, |upstream: &[T]| {
                Ok(self.reduction.gradient_of_rows(upstream, stats.len() as f64, stats.len()))
            })?;
            for (row, (scale, stats)) in scales.iter_mut().zip(stats).enumerate() {
                *scale *= self.cosine.of(row, stats.cosine).1;
            }
            let (x_values, y_values) =
                (elements::<T>(self.name(), x)?, elements::<T>(self.name(), y)?);
            let tensor = |values: Vec<T>| Tensor::from_vec(values, x.shape(), x.device());
            let dx = x.track_op().then(|| {
                let of_row = |stats: &Stats| (stats.x_norm, stats.y_norm, stats.cosine);
                tensor(self.gradient(&x_values, &y_values, &scales, stats, of_row))
            });
            let dy = y.track_op().then(|| {
                let of_row = |stats: &Stats| (stats.y_norm, stats.x_norm, stats.cosine);
                tensor(self.gradient(&y_values, &x_values, &scales, stats, of_row))
            });
            Ok((dx.transpose()?, dy.transpose()?))
        })
    }
}

impl Rows {
    fn forward<T: Element>(&self, x: &[T], y: &[T]) -> Vec<Stats> {
        let (n_rows, length) = (rows_per_task(self.dim), self.dim.max(1));
        let mut stats = vec![Stats::default(); self.rows.iter().product()];
        let tasks = stats.par_chunks_mut(n_rows).zip(x.par_chunks(n_rows * length));
        tasks.zip(y.par_chunks(n_rows * length)).for_each(|((stats, x), y)| {
            dispatch(
                #[inline(always)]
                || {
                    let rows = x.chunks_exact(length).zip(y.chunks_exact(length));
                    for (stats, (x, y)) in stats.iter_mut().zip(rows) {
                        let norm = |square: T| {
                            let norm = square.to_f64().sqrt();
                            // False of what is not a number, which so stays.
                            if norm < self.cosine.eps { self.cosine.eps } else { norm }
                        };
                        let (x_norm, y_norm) = (norm(dot(x, x)), norm(dot(y, y)));
                        let cosine = dot(x, y).to_f64() / (x_norm * y_norm);
                        *stats = Stats { x_norm, y_norm, cosine };
                    }
                },
            );
        });
        stats
    }

    /// `d cos / d x = y / (|x| · |y|) - cos · x / |x|²`, the last term only where `|x|` is more
    /// than `eps`. `of_row` gives the norms of this operand and the other, and the cosine.
    fn gradient<T: Element>(
        &self,
        x: &[T],
        y: &[T],
        scales: &[f64],
        stats: &[Stats],
        of_row: impl Fn(&Stats) -> (f64, f64, f64) + Sync,
    ) -> Vec<T> {
        let (n_rows, length) = (rows_per_task(self.dim), self.dim.max(1));
        let mut out = vec![T::zero(); x.len()];
        out.par_chunks_mut(n_rows * length).enumerate().for_each(|(task, out)| {
            dispatch(
                #[inline(always)]
                || {
                    for (i, out) in out.chunks_exact_mut(length).enumerate() {
                        let row = task * n_rows + i;
                        let (norm, other, cosine) = of_row(&stats[row]);
                        let along =
                            if norm > self.cosine.eps { cosine / (norm * norm) } else { 0. };
                        let across = T::from_f64(scales[row] / (norm * other));
                        let along = T::from_f64(-scales[row] * along);
                        let at = row * length..(row + 1) * length;
                        for ((out, &x), &y) in out.iter_mut().zip(&x[at.clone()]).zip(&y[at]) {
                            *out = across.fma(y, along * x);
                        }
                    }
                },
            );
        });
        out
    }
}
