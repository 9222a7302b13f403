//! Sums and means of the tokens of each row.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, result, with_elements};
use crate::offsets::Offsets;
use crate::simd::{axpy, dispatch};

/// Columns that one task adds up, so that one long row has work for every thread.
const COLUMNS: usize = 256;

/// What every token of a row is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    One,
    /// One over the number of tokens.
    PerToken,
}

impl Scale {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One => "sum_over_time",
            Self::PerToken => "mean_over_time",
        }
    }

    /// The factor in a row of this many tokens.
    pub(crate) fn of(self, n_tokens: usize) -> f64 {
        match self {
            Self::One => 1.,
            Self::PerToken => 1. / n_tokens.max(1) as f64,
        }
    }
}

pub(super) struct Sum {
    pub(super) offsets: Offsets,
    pub(super) scale: Scale,
}

impl CustomOp1 for Sum {
    fn name(&self) -> &'static str {
        self.scale.name()
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = layout.dims()[1];
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            Ok(result(self.forward(x, dim), (self.offsets.n_rows(), dim)))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), x.dtype(), T => {
            with_elements(self.name(), gradient, |gradient: &[T]| {
                Tensor::from_vec(self.backward(gradient, x.dim(1)?), x.shape(), x.device()).map(Some)
            })
        })
    }
}

impl Sum {
    fn forward<T: Element>(&self, x: &[T], dim: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.offsets.n_rows() * dim];
        out.par_chunks_mut(dim.max(1)).enumerate().for_each(|(row, out)| {
            let tokens = self.offsets.range(row);
            let share = T::from_f64(self.scale.of(tokens.len()));
            out.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, out)| {
                let column = block * COLUMNS;
                dispatch(
                    #[inline(always)]
                    || {
                        for token in tokens.clone() {
                            axpy(share, &x[token * dim + column..][..out.len()], out);
                        }
                    },
                );
            });
        });
        out
    }

    fn backward<T: Element>(&self, gradient: &[T], dim: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.offsets.n_tokens() * dim];
        let rows = self.offsets.split(&mut out, dim);
        rows.into_par_iter().zip(gradient.par_chunks(dim.max(1))).for_each(|(tokens, gradient)| {
            let share = T::from_f64(self.scale.of(tokens.len() / dim.max(1)));
            dispatch(
                #[inline(always)]
                || {
                    for out in tokens.chunks_exact_mut(dim) {
                        for (out, &gradient) in out.iter_mut().zip(gradient) {
                            *out = share * gradient;
                        }
                    }
                },
            );
        });
        out
    }
}
