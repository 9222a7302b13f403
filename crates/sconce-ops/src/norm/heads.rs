//! Some heads of each token normalized where they lie, between others that stay.

use std::ops::Range;
use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::Norm;
use super::kernel::sum_of_rows;
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, result};
use crate::param_store::Weight;
use crate::rows::pieces_mut;
use crate::simd::dispatch;
use crate::weights::WeightList;

/// Tokens that one task takes: fixed, so that sums of gradients do not depend on the threads.
const BLOCK: usize = 16;

/// Normalizes the heads of each range by its own weight.
pub(crate) fn norm_heads(
    norm: Norm,
    x: &Tensor,
    parts: &[(Range<usize>, Weight)],
) -> Result<Tensor> {
    let head_dim = check(norm, x, parts)?;
    if !has_kernel(x) {
        return composed(norm, x, parts, head_dim);
    }
    let weights = parts.iter().map(|(_, w)| w).collect::<Vec<_>>();
    let weights = WeightList::new(&weights)?;
    let argument = weights.argument().clone();
    let op = Heads {
        norm,
        parts: parts.iter().map(|(heads, _)| heads.clone()).collect(),
        head_dim,
        width: x.dim(1)?,
        is_tracked: x.track_op() || weights.any_tracked(),
        weights,
        inverses: OnceLock::new(),
    };
    x.contiguous()?.apply_op2(&argument, op)
}

/// Gives the size of a head.
fn check(norm: Norm, x: &Tensor, parts: &[(Range<usize>, Weight)]) -> Result<usize> {
    let op = norm.op;
    let (_, width) = x.dims2()?;
    let Some((_, first)) = parts.first() else { bail!("{op}: no heads to normalize") };
    let head_dim = first.tensor().dims1()?;
    if head_dim == 0 || !width.is_multiple_of(head_dim) {
        bail!("{op}: width {width} does not divide into heads of {head_dim}");
    }
    if norm.eps.is_nan() || norm.eps < 0. {
        bail!("{op}: eps must be at least 0, got {}", norm.eps);
    }
    let mut next = 0;
    for (heads, w) in parts {
        if heads.start < next || heads.end < heads.start || heads.end * head_dim > width {
            bail!("{op}: heads {heads:?} after {next}, of {}", width / head_dim);
        }
        next = heads.end;
        if w.tensor().dims() != [head_dim] || w.tensor().dtype() != x.dtype() {
            bail!(
                "{op}: weights must be ({head_dim},) in {:?} as the heads, got {:?} in {:?}",
                x.dtype(),
                w.tensor().dims(),
                w.tensor().dtype()
            );
        }
    }
    Ok(head_dim)
}

/// The same by candle's own operations.
fn composed(
    norm: Norm,
    x: &Tensor,
    parts: &[(Range<usize>, Weight)],
    head_dim: usize,
) -> Result<Tensor> {
    let (n_tokens, width) = x.dims2()?;
    // candle cannot take the mean of an empty part of a tensor.
    let parts = parts.iter().filter(|(heads, _)| n_tokens * heads.len() > 0);
    let columns = |heads: Range<usize>| x.narrow(1, heads.start * head_dim, heads.len() * head_dim);
    let mut done = 0;
    let mut pieces = Vec::new();
    for (heads, w) in parts {
        pieces.push(columns(done..heads.start)?);
        let rows = columns(heads.clone())?.contiguous()?;
        let rows = rows.reshape((n_tokens, heads.len(), head_dim))?;
        let normed = norm.composed(&rows, None, w.tensor(), None)?;
        pieces.push(normed.reshape((n_tokens, heads.len() * head_dim))?);
        done = heads.end;
    }
    pieces.push(columns(done..width / head_dim)?);
    pieces.retain(|piece| piece.elem_count() > 0);
    if pieces.is_empty() { Ok(x.clone()) } else { Tensor::cat(&pieces, 1) }
}

/// One call.
struct Heads {
    norm: Norm,
    parts: Vec<Range<usize>>,
    head_dim: usize,
    width: usize,
    is_tracked: bool,
    /// One for each part.
    weights: WeightList,
    /// The inverse deviation of each normalized head of each token, if a backward pass may come.
    inverses: OnceLock<Vec<f64>>,
}

impl Heads {
    /// Normalized heads of a token.
    fn n_normed(&self) -> usize {
        self.parts.iter().map(ExactSizeIterator::len).sum()
    }

    /// Each normalized head: its part and where it begins in the row of a token.
    #[inline(always)]
    fn heads(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let parts = self.parts.iter().enumerate();
        parts.flat_map(move |(part, heads)| {
            heads.clone().map(move |head| (part, head * self.head_dim))
        })
    }

    fn forward<T: Element>(&self, x: &[T], w: &[&[T]]) -> (Vec<T>, Vec<f64>) {
        let (size, n) = (BLOCK * self.width.max(1), BLOCK * self.n_normed().max(1));
        let mut out = vec![T::zero(); x.len()];
        let n_tokens = x.len().checked_div(self.width).unwrap_or_default();
        let mut inverses = vec![0.; n_tokens * self.n_normed()];
        let n_blocks = n_tokens.div_ceil(BLOCK);
        let inverses_of = pieces_mut(&mut inverses, n_blocks, n);
        let tasks = out.par_chunks_mut(size).zip(x.par_chunks(size)).zip(inverses_of);
        tasks.for_each(|((out, x), inverses)| {
            dispatch(
                #[inline(always)]
                || {
                    out.copy_from_slice(x);
                    let mut inverses = inverses.iter_mut();
                    for out in out.chunks_exact_mut(self.width) {
                        for ((part, at), inverse) in self.heads().zip(inverses.by_ref()) {
                            let head = &mut out[at..at + self.head_dim];
                            *inverse = self.norm.normalize_row(w[part], None, head)[1];
                        }
                    }
                },
            );
        });
        (out, inverses)
    }

    /// Gradients of x and of the weights, one after the other; empty if nobody wants them.
    fn backward<T: Element>(
        &self,
        x: &[T],
        w: &[&[T]],
        upstream: &[T],
        wants_x: bool,
    ) -> Option<(Vec<T>, Vec<T>)> {
        let inverses = self.inverses.get()?;
        let wants_w = self.weights.any_tracked();
        let n_tokens = x.len().checked_div(self.width).unwrap_or_default();
        let n_blocks = n_tokens.div_ceil(BLOCK);
        let (size, w_size) = (BLOCK * self.width.max(1), self.parts.len() * self.head_dim);
        let mut dx = if wants_x { upstream.to_vec() } else { Vec::new() };
        let mut dw = vec![T::zero(); if wants_w { n_blocks * w_size } else { 0 }];
        let dx_of = pieces_mut(&mut dx, n_blocks, size);
        let dw_of = pieces_mut(&mut dw, n_blocks, w_size);
        let inputs = x.par_chunks(size).zip(upstream.par_chunks(size));
        let inputs = inputs.zip(inverses.par_chunks(BLOCK * self.n_normed().max(1)));
        inputs.zip(dx_of.into_par_iter().zip(dw_of)).for_each(|(((x, g), inverses), (dx, dw))| {
            dispatch(
                #[inline(always)]
                || self.backward_block((x, g, inverses), w, dx, dw),
            );
        });
        Some((dx, sum_of_rows(&dw, w_size)))
    }

    #[inline(always)]
    fn backward_block<T: Element>(
        &self,
        (x, upstream, inverses): (&[T], &[T], &[f64]),
        w: &[&[T]],
        dx: &mut [T],
        dw: &mut [T],
    ) {
        let dim = self.head_dim;
        let mut normalized = vec![T::zero(); dim];
        let mut inverses = inverses.iter();
        for token in 0..x.len() / self.width {
            let row = token * self.width;
            for ((part, at), &inverse) in self.heads().zip(inverses.by_ref()) {
                let (x, g) = (&x[row + at..][..dim], &upstream[row + at..][..dim]);
                let inverse = T::from_f64(inverse);
                for (normalized, &x) in normalized.iter_mut().zip(x) {
                    *normalized = x * inverse;
                }
                if !dw.is_empty() {
                    let dw = &mut dw[part * dim..][..dim];
                    for ((dw, &g), &h) in dw.iter_mut().zip(g).zip(&normalized) {
                        *dw = g.fma(h, *dw);
                    }
                }
                if !dx.is_empty() {
                    let dx = &mut dx[row + at..][..dim];
                    self.norm.row_gradient(g, w[part], &normalized, inverse, dx);
                }
            }
        }
    }

    /// Runs `body` on the values of the weights.
    fn with_weights<T: Element, R>(&self, body: impl FnOnce(&[&[T]]) -> R) -> Result<R> {
        let held =
            (0..self.parts.len()).map(|i| elements::<T>(self.norm.op, self.weights.tensor(i)));
        let held = held.collect::<Result<Vec<_>>>()?;
        Ok(body(&held.iter().map(|w| &**w).collect::<Vec<_>>()))
    }
}

impl CustomOp2 for Heads {
    fn name(&self) -> &'static str {
        self.norm.op
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.norm.op, x.dtype(), T => {
            let x: &[T] = contiguous(self.norm.op, x, layout)?;
            let (out, inverses) = self.with_weights(|w| self.forward(x, w))?;
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.inverses.set(inverses);
            }
            Ok(result(out, layout.shape()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let op = self.norm.op;
        let upstream = upstream.contiguous()?;
        for_dtype!(op, x.dtype(), T => {
            let (xs, upstream) = (elements::<T>(op, x)?, elements::<T>(op, &upstream)?);
            let found = self.with_weights(|w| self.backward(&xs, w, &upstream, x.track_op()))?;
            let Some((dx, dw)) = found else { bail!("{op}: backward before forward") };
            let dx = x.track_op().then(|| Tensor::from_vec(dx, x.shape(), x.device()));
            let gradients = (0..self.parts.len()).map(|part| {
                let dw = || dw[part * self.head_dim..][..self.head_dim].to_vec();
                let is_tracked = self.weights.is_tracked(part);
                let gradient = is_tracked.then(|| Tensor::from_vec(dw(), self.head_dim, x.device()));
                gradient.transpose()
            });
            let gradients = gradients.collect::<Result<Vec<_>>>()?;
            Ok((dx.transpose()?, self.weights.gradients(gradients)?))
        })
    }
}

#[cfg(test)]
mod tests;
