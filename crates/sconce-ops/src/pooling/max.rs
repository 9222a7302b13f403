//! The maximum of the tokens of each row, with one winner.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::{NO_WINNER, raise};
use crate::element::{Element, contiguous, for_dtype, result, with_elements};
use crate::offsets::Offsets;
use crate::simd::dispatch;

/// Columns that one task looks through, so that one long row has work for every thread.
const COLUMNS: usize = 256;

pub(super) struct Max {
    offsets: Offsets,
    is_tracked: bool,
    /// The winning token of each (row, column), kept for a backward pass if there can be one.
    winners: OnceLock<Vec<u32>>,
}

impl Max {
    pub(super) fn new(offsets: Offsets, is_tracked: bool) -> Self {
        Self { offsets, is_tracked, winners: OnceLock::new() }
    }

    fn forward<T: Element>(&self, x: &[T], dim: usize) -> (Vec<T>, Vec<u32>) {
        let mut out = vec![T::zero(); self.offsets.n_rows() * dim];
        let mut winners = vec![NO_WINNER; out.len()];
        let rows = out.par_chunks_mut(dim.max(1)).zip(winners.par_chunks_mut(dim.max(1)));
        rows.enumerate().for_each(|(row, (out, winners))| {
            let blocks = out.par_chunks_mut(COLUMNS).zip(winners.par_chunks_mut(COLUMNS));
            blocks.enumerate().for_each(|(block, (out, winners))| {
                let column = block * COLUMNS;
                dispatch(
                    #[inline(always)]
                    || {
                        for token in self.offsets.range(row) {
                            let x = &x[token * dim + column..][..out.len()];
                            raise(x, token as u32, out, winners);
                        }
                    },
                );
            });
        });
        (out, winners)
    }

    fn backward<T: Element>(&self, gradient: &[T], winners: &[u32], dim: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.offsets.n_tokens() * dim];
        let rows = self.offsets.split(&mut out, dim).into_par_iter().zip(self.offsets.as_slice());
        let given = gradient.par_chunks(dim.max(1)).zip(winners.par_chunks(dim.max(1)));
        rows.zip(given).for_each(|((out, &first), (gradient, winners))| {
            for (column, (&gradient, &winner)) in gradient.iter().zip(winners).enumerate() {
                if winner != NO_WINNER {
                    out[(winner - first) as usize * dim + column] = gradient;
                }
            }
        });
        out
    }
}

impl CustomOp1 for Max {
    fn name(&self) -> &'static str {
        "max_over_time"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = layout.dims()[1];
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            let (out, winners) = self.forward(x, dim);
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.winners.set(winners);
            }
            Ok(result(out, (self.offsets.n_rows(), dim)))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let Some(winners) = self.winners.get() else {
            bail!("{}: backward before forward", self.name())
        };
        for_dtype!(self.name(), x.dtype(), T => {
            with_elements(self.name(), gradient, |gradient: &[T]| {
                let dx = self.backward(gradient, winners, x.dim(1)?);
                Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
            })
        })
    }
}
