//! Chunks of rows: their logits, losses and gradients.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::super::Online;
use super::super::targets::Targets;
use crate::element::{Element, host_tensor};
use crate::gemm::{Matrix, MatrixMut, Write, par_matmul};
use crate::simd::dispatch;

/// Logits that are held at a time, if [`MIN_ROWS`] allow: 16 MiB of `f32`.
const LOGITS: usize = 1 << 22;

/// Every chunk adds to all of the weight's gradient, which only pays over some rows.
const MIN_ROWS: usize = 64;

/// Columns that one task of the bias's gradient sums.
const COLUMNS: usize = 1 << 12;

/// The operands. `b` is empty if there is no bias.
pub(super) struct Layer<'a, T> {
    pub(super) x: &'a [T],
    pub(super) w: &'a [T],
    pub(super) b: &'a [T],
    pub(super) dim: usize,
    pub(super) targets: &'a Targets,
}

/// The gradients of x, w and b that are wanted.
type Gradients<T> = [Option<Vec<T>>; 3];

impl<T: Element> Layer<'_, T> {
    /// The loss of each row.
    pub(super) fn losses(&self) -> Vec<f64> {
        self.losses_and_gradients(&[], [false; 3]).0
    }

    /// The loss of each row, and the gradients for the gradients `scales` of the rows' losses.
    pub(super) fn losses_and_gradients(
        &self,
        scales: &[f64],
        wanted: [bool; 3],
    ) -> (Vec<f64>, Gradients<T>) {
        let (n_labels, dim) = (self.targets.n_labels(), self.dim);
        let counted: Vec<(usize, usize)> = self.targets.counted().collect();
        let n_rows = (LOGITS / n_labels.max(1)).max(MIN_ROWS).min(counted.len());
        let [mut dx, mut dw, mut db] = [(0, self.x.len()), (1, self.w.len()), (2, self.b.len())]
            .map(|(i, n)| wanted[i].then(|| vec![T::zero(); n]));
        let weights = self.targets.smoothed_weights::<T>();
        let scales = wanted.contains(&true).then_some(scales);
        let mut losses = vec![0.; self.targets.n_rows()];
        let mut logits = vec![T::zero(); n_rows * n_labels];
        let mut inputs = vec![T::zero(); n_rows * dim];
        for (chunk, rows) in counted.chunks(n_rows.max(1)).enumerate() {
            let n = rows.len();
            for (input, &(row, _)) in inputs.chunks_exact_mut(dim.max(1)).zip(rows) {
                input.copy_from_slice(&self.x[row * dim..(row + 1) * dim]);
            }
            let logits = &mut logits[..n * n_labels];
            let w = Matrix::new(self.w, n_labels, dim);
            let x = Matrix::new(&inputs[..n * dim], n, dim);
            par_matmul(x, w.transposed(), MatrixMut::new(logits, n, n_labels), Write::Set);
            let chunk_losses = self.by_row(rows, scales, weights.as_deref(), logits);
            for (&(row, _), loss) in rows.iter().zip(chunk_losses) {
                losses[row] = loss;
            }
            // The logits have become their gradients.
            let gradient = Matrix::new(logits, n, n_labels);
            if let Some(dw) = &mut dw {
                let write = if chunk == 0 { Write::Set } else { Write::Add };
                par_matmul(gradient.transposed(), x, MatrixMut::new(dw, n_labels, dim), write);
            }
            if let Some(db) = &mut db {
                add_rows(logits, db);
            }
            if let Some(dx) = &mut dx {
                par_matmul(gradient, w, MatrixMut::new(&mut inputs[..n * dim], n, dim), Write::Set);
                for (input, &(row, _)) in inputs.chunks_exact(dim.max(1)).zip(rows) {
                    dx[row * dim..(row + 1) * dim].copy_from_slice(input);
                }
            }
        }
        (losses, [dx, dw, db])
    }

    /// The losses of a chunk's rows, each with its label. Turns its logits, which lack the bias,
    /// into their gradients if there are scales.
    fn by_row(
        &self,
        rows: &[(usize, usize)],
        scales: Option<&[f64]>,
        weights: Option<&[T]>,
        logits: &mut [T],
    ) -> Vec<f64> {
        let tasks = logits.par_chunks_exact_mut(self.targets.n_labels()).zip(rows);
        let losses = tasks.map(|(logits, &(row, _))| {
            dispatch(
                #[inline(always)]
                || {
                    let Some(shares) = self.targets.shares(row) else { return 0. };
                    let stats = if self.b.is_empty() {
                        Online::of(logits)
                    } else {
                        Online::of_sum(logits, self.b)
                    };
                    let loss = self.targets.loss(logits, shares, stats, weights);
                    if let Some(scales) = scales {
                        let scale = scales[row];
                        self.targets.gradient_in_place(shares, stats, weights, scale, logits);
                    }
                    loss
                },
            )
        });
        losses.collect()
    }

    /// The gradients as tensors of the operands' shapes.
    pub(super) fn tensors(&self, gradients: Gradients<T>) -> Result<[Option<Tensor>; 3]> {
        let (n, n_labels) = (self.targets.n_rows(), self.targets.n_labels());
        let shapes: [&[usize]; 3] = [&[n, self.dim], &[n_labels, self.dim], &[n_labels]];
        let [dx, dw, db] = gradients;
        let tensor = |values: Option<Vec<T>>, shape: &[usize]| {
            values.map(|values| host_tensor(values, shape)).transpose()
        };
        Ok([tensor(dx, shapes[0])?, tensor(dw, shapes[1])?, tensor(db, shapes[2])?])
    }
}

/// Adds each row to the sum, in order.
fn add_rows<T: Element>(rows: &[T], sum: &mut [T]) {
    let n = sum.len().max(1);
    sum.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, sum)| {
        dispatch(
            #[inline(always)]
            || {
                for row in rows.chunks_exact(n) {
                    for (sum, &x) in sum.iter_mut().zip(&row[block * COLUMNS..]) {
                        *sum += x;
                    }
                }
            },
        );
    });
}
