//! Rows read and pooled, never written.

use rayon::prelude::*;

use super::Bags;
use crate::element::Element;
use crate::pooling::{NO_WINNER, raise};
use crate::simd::{axpy, dispatch};

/// Columns that one task pools, so that one large bag has work for every thread.
const COLUMNS: usize = 256;

impl Bags {
    pub(super) fn sums<T: Element>(&self, weight: &[T], sample_weights: Option<&[T]>) -> Vec<T> {
        let dim = self.dim;
        let mut out = vec![T::zero(); self.offsets.n_rows() * dim];
        out.par_chunks_mut(dim.max(1)).enumerate().for_each(|(bag, out)| {
            out.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, out)| {
                dispatch(
                    #[inline(always)]
                    || {
                        for token in self.offsets.range(bag) {
                            let at = self.ids[token] as usize * dim + block * COLUMNS;
                            let factor = self.factor(token, bag, sample_weights);
                            axpy(factor, &weight[at..][..out.len()], out);
                        }
                    },
                );
            });
        });
        out
    }

    /// The largest values and the tokens that have them, both `(batch, dim)`.
    pub(super) fn maxima<T: Element>(&self, weight: &[T]) -> (Vec<T>, Vec<u32>) {
        let dim = self.dim;
        let mut out = vec![T::zero(); self.offsets.n_rows() * dim];
        let mut winners = vec![NO_WINNER; out.len()];
        let bags = out.par_chunks_mut(dim.max(1)).zip(winners.par_chunks_mut(dim.max(1)));
        bags.enumerate().for_each(|(bag, (out, winners))| {
            let blocks = out.par_chunks_mut(COLUMNS).zip(winners.par_chunks_mut(COLUMNS));
            blocks.enumerate().for_each(|(block, (out, winners))| {
                dispatch(
                    #[inline(always)]
                    || {
                        for token in self.offsets.range(bag) {
                            let at = self.ids[token] as usize * dim + block * COLUMNS;
                            raise(&weight[at..][..out.len()], token as u32, out, winners);
                        }
                    },
                );
            });
        });
        (out, winners)
    }
}
