//! Gradients of the rows of the batch, and of the sample weights.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::{BagMode, Bags};
use crate::element::Element;
use crate::gradients::RowGradient;
use crate::simd::{axpy, dispatch, dot};

impl Bags {
    /// Sums what the bags give back to equal ids, in the order of the tokens.
    pub(super) fn row_gradient<T: Element>(
        &self,
        gradient: &[T],
        sample_weights: Option<&[T]>,
        device: &Device,
    ) -> Result<RowGradient> {
        let dim = self.dim;
        let bags = self.bags();
        let tokens = self.tokens_by_id();
        let groups: Vec<&[u32]> =
            tokens.chunk_by(|&a, &b| self.ids[a as usize] == self.ids[b as usize]).collect();
        let winners = self.winners.get().map_or(&[][..], Vec::as_slice);
        let mut values = vec![T::zero(); groups.len() * dim];
        values.par_chunks_mut(dim.max(1)).zip(&groups).for_each(|(sum, tokens)| {
            dispatch(
                #[inline(always)]
                || {
                    for &token in *tokens {
                        let bag = bags[token as usize] as usize;
                        let gradient = &gradient[bag * dim..][..dim];
                        if self.mode == BagMode::Max {
                            add_won(token, &winners[bag * dim..][..dim], gradient, sum);
                        } else {
                            let factor = self.factor(token as usize, bag, sample_weights);
                            axpy(factor, gradient, sum);
                        }
                    }
                },
            );
        });
        let rows = groups.iter().map(|tokens| self.ids[tokens[0] as usize]).collect();
        Ok(RowGradient { rows, values: Tensor::from_vec(values, (groups.len(), dim), device)? })
    }

    /// `weight[ids[t]] · gradient[bag of t]` for each token `t`.
    pub(super) fn sample_weight_gradient<T: Element>(
        &self,
        weight: &[T],
        gradient: &[T],
    ) -> Vec<T> {
        let dim = self.dim;
        let mut out = vec![T::zero(); self.ids.len()];
        self.offsets.split(&mut out, 1).into_par_iter().enumerate().for_each(|(bag, out)| {
            let ids = &self.ids[self.offsets.range(bag)];
            dispatch(
                #[inline(always)]
                || {
                    for (out, &id) in out.iter_mut().zip(ids) {
                        *out = dot(&weight[id as usize * dim..][..dim], &gradient[bag * dim..]);
                    }
                },
            );
        });
        out
    }

    /// The bag of each token.
    fn bags(&self) -> Vec<u32> {
        let bags = self.offsets.iter().enumerate();
        bags.flat_map(|(bag, row)| std::iter::repeat_n(bag as u32, row.len())).collect()
    }

    /// The tokens in the order of their ids, those of one id in their own order.
    fn tokens_by_id(&self) -> Vec<u32> {
        let keys = self.ids.iter().zip(0u64..).map(|(&id, token)| u64::from(id) << 32 | token);
        let mut keys: Vec<u64> = keys.collect();
        // Keys differ, so every sort gives the same order.
        keys.par_sort_unstable();
        keys.into_iter().map(|key| key as u32).collect()
    }
}

/// Adds the gradient of the columns that this token has won.
#[inline(always)]
fn add_won<T: Element>(token: u32, winners: &[u32], gradient: &[T], sum: &mut [T]) {
    for ((sum, &winner), &gradient) in sum.iter_mut().zip(winners).zip(gradient) {
        *sum += if winner == token { gradient } else { T::zero() };
    }
}
