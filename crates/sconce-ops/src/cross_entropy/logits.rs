//! The loss of logits that are there: one pass over them each way.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::Online;
use super::targets::Targets;
use crate::element::{Element, contiguous, for_dtype, with_elements};
use crate::reduction::Reduction;
use crate::rows::rows_per_task;
use crate::simd::dispatch;

/// `targets` fit the logits.
pub(super) fn loss(logits: &Tensor, targets: Targets, reduction: Reduction) -> Result<Tensor> {
    let is_tracked = logits.track_op();
    let op = OfLogits { targets, reduction, is_tracked, stats: OnceLock::new() };
    logits.contiguous()?.apply_op1(op)
}

struct OfLogits {
    targets: Targets,
    reduction: Reduction,
    is_tracked: bool,
    /// Largest logit and sum of exponentials of each row, if a backward pass may come.
    stats: OnceLock<Vec<Stats>>,
}

/// Largest logit of a row and `Σ exp(x - largest)`.
type Stats = (f64, f64);

impl CustomOp1 for OfLogits {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            let logits: &[T] = contiguous(self.name(), storage, layout)?;
            let (losses, stats) = self.forward(logits);
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.stats.set(stats);
            }
            let total = self.targets.total_weight();
            Ok(self.reduction.of_rows::<T>(&losses, total, &[losses.len()]))
        })
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, upstream: &Tensor) -> Result<Option<Tensor>> {
        let Some(stats) = self.stats.get() else {
            bail!("{}: backward before forward", self.name())
        };
        let (total, n) = (self.targets.total_weight(), stats.len());
        for_dtype!(self.name(), logits.dtype(), T => {
            let scales = with_elements(self.name(), upstream, |upstream: &[T]| {
                Ok(self.reduction.gradient_of_rows(upstream, total, n))
            })?;
            with_elements(self.name(), logits, |values: &[T]| {
                let gradient = self.backward(values, stats, &scales);
                Tensor::from_vec(gradient, logits.shape(), logits.device()).map(Some)
            })
        })
    }
}

impl OfLogits {
    /// The loss and the stats of each row.
    fn forward<T: Element>(&self, logits: &[T]) -> (Vec<f64>, Vec<Stats>) {
        let (n, n_labels) = (self.targets.n_rows(), self.targets.n_labels().max(1));
        let n_rows = rows_per_task(n_labels);
        let weights = self.targets.smoothed_weights::<T>();
        let (mut losses, mut stats) = (vec![0.; n], vec![(0., 0.); n]);
        let tasks = losses.par_chunks_mut(n_rows).zip(stats.par_chunks_mut(n_rows));
        let tasks = tasks.zip(logits.par_chunks(n_rows * n_labels));
        tasks.enumerate().for_each(|(task, ((losses, stats), logits))| {
            dispatch(
                #[inline(always)]
                || {
                    let rows = losses.iter_mut().zip(stats).zip(logits.chunks_exact(n_labels));
                    for (i, ((loss, stats), row)) in rows.enumerate() {
                        let Some(shares) = self.targets.shares(task * n_rows + i) else { continue };
                        let (largest, total) = Online::of(row);
                        let weights = weights.as_deref();
                        *loss = self.targets.loss(row, shares, (largest, total), weights);
                        *stats = (largest.to_f64(), total);
                    }
                },
            );
        });
        (losses, stats)
    }

    fn backward<T: Element>(&self, logits: &[T], stats: &[Stats], scales: &[f64]) -> Vec<T> {
        let n_labels = self.targets.n_labels().max(1);
        let n_rows = rows_per_task(n_labels);
        let weights = self.targets.smoothed_weights::<T>();
        let mut out = vec![T::zero(); logits.len()];
        let tasks = out.par_chunks_mut(n_rows * n_labels).zip(logits.par_chunks(n_rows * n_labels));
        tasks.enumerate().for_each(|(task, (out, logits))| {
            dispatch(
                #[inline(always)]
                || {
                    let rows = out.chunks_exact_mut(n_labels).zip(logits.chunks_exact(n_labels));
                    for (i, (out, row)) in rows.enumerate() {
                        let at = task * n_rows + i;
                        // Rows that do not count stay as allocated: zero, and not even touched.
                        let Some(shares) = self.targets.shares(at) else { continue };
                        let (largest, total) = stats[at];
                        let stats = (T::from_f64(largest), total);
                        let weights = weights.as_deref();
                        self.targets.gradient(row, shares, stats, weights, scales[at], out);
                    }
                },
            );
        });
        out
    }
}
