//! Rows of a weight by id: `out[i] = weight[ids[i]]`.
//!
//! The gradient of a [`Param`](crate::Param)'s rows goes to its store as just those rows, so a
//! step costs what its tokens cost and not what the vocabulary costs.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::gradients::{Gradient, RowGradient};
use crate::param_store::{Slot, Weight};
use crate::simd::{axpy, dispatch};

/// Tokens that one task copies.
const BLOCK: usize = 64;

/// Looks up one row of `weight` for each id.
///
/// # Shapes
/// - weight: `(vocab, dim)`
/// - output: `(n_tokens, dim)`, one row for each of `ids`
///
/// # Errors
/// If an id is not below `vocab`.
pub fn embedding(weight: impl Into<Weight>, ids: &[u32]) -> Result<Tensor> {
    let weight: Weight = weight.into();
    let (vocab, dim) = weight.tensor().dims2()?;
    if let Some(at) = ids.iter().position(|&id| id as usize >= vocab) {
        bail!("embedding: id {} at position {at} is not below the vocabulary's {vocab}", ids[at]);
    }
    if !has_kernel(weight.tensor()) {
        let ids = Tensor::new(ids, weight.tensor().device())?;
        return weight.tensor().index_select(&ids, 0);
    }
    let op = Lookup { ids: ids.to_vec(), vocab, dim, slot: weight.slot() };
    weight.tensor().contiguous()?.apply_op1(op)
}

struct Lookup {
    ids: Vec<u32>,
    vocab: usize,
    dim: usize,
    slot: Option<Slot>,
}

impl CustomOp1 for Lookup {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            let weight: &[T] = contiguous(self.name(), storage, layout)?;
            Ok(result(self.gather(weight), (self.ids.len(), self.dim)))
        })
    }

    fn bwd(&self, weight: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let rows = for_dtype!(self.name(), gradient.dtype(), T => {
            with_elements(self.name(), gradient, |values: &[T]| {
                self.row_gradient(values, gradient.device())
            })
        })?;
        match &self.slot {
            Some(slot) => {
                slot.deposit(Gradient::Rows(rows));
                Ok(None)
            }
            None => Gradient::Rows(rows).to_dense(weight.dims()).map(Some),
        }
    }
}

impl Lookup {
    fn gather<T: Element>(&self, weight: &[T]) -> Vec<T> {
        let dim = self.dim;
        let mut out = vec![T::zero(); self.ids.len() * dim];
        out.par_chunks_mut(dim.max(1) * BLOCK).zip(self.ids.par_chunks(BLOCK)).for_each(
            |(out, ids)| {
                for (out, &id) in out.chunks_exact_mut(dim).zip(ids) {
                    out.copy_from_slice(&weight[id as usize * dim..][..dim]);
                }
            },
        );
        out
    }

    /// Sums the gradients of equal ids, in the order of the tokens.
    fn row_gradient<T: Element>(&self, gradient: &[T], device: &Device) -> Result<RowGradient> {
        debug_assert!(self.ids.iter().all(|&id| (id as usize) < self.vocab));
        let dim = self.dim;
        let mut order: Vec<u32> = (0..self.ids.len() as u32).collect();
        order.sort_by_key(|&token| self.ids[token as usize]);
        let groups: Vec<&[u32]> =
            order.chunk_by(|&a, &b| self.ids[a as usize] == self.ids[b as usize]).collect();
        let mut values = vec![T::zero(); groups.len() * dim];
        values.par_chunks_mut(dim.max(1)).zip(&groups).for_each(|(sum, tokens)| {
            dispatch(
                #[inline(always)]
                || {
                    for &token in *tokens {
                        axpy(T::one(), &gradient[token as usize * dim..][..dim], sum);
                    }
                },
            );
        });
        let rows = groups.iter().map(|tokens| self.ids[tokens[0] as usize]).collect();
        Ok(RowGradient { rows, values: Tensor::from_vec(values, (groups.len(), dim), device)? })
    }
}

#[cfg(test)]
mod tests;
