//! Embedding lookup and pooling in one operation: `out[i]` is the sum, mean or maximum of
//! `weight[ids[t]]` over the tokens `t` of bag `i`, as in fastText's classifier (Joulin et al.,
//! 2016, arXiv:1607.01759).
//!
//! The looked-up rows are read and never written out, so a bag of any size costs no memory; and
//! the gradient of a [`Param`](crate::Param) is just the rows of the batch.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::gradients::Gradient;
use crate::offsets::Offsets;
use crate::param_store::{Slot, Weight};
use crate::pooling::composed::{self, Scale};

mod backward;
mod forward;

/// What becomes of the rows of a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BagMode {
    /// Their sum, each times its sample weight if there are any.
    Sum,
    /// Their mean.
    Mean,
    /// The largest value of each column; of equal ones the first has the gradient.
    Max,
}

/// Looks up and pools the rows of `weight` for each bag of ids, as PyTorch's `embedding_bag`.
///
/// `sample_weights` (only with [`BagMode::Sum`]) multiply the rows and get a gradient themselves.
/// Tokens whose id is `padding_id` count as if they were not there. A bag without tokens gives
/// zeros.
///
/// # Shapes
/// - weight: `(vocab, dim)`
/// - ids: `n_tokens`; sample_weights: `(n_tokens,)`
/// - output: `(batch, dim)`
///
/// # Errors
/// If an id is not below `vocab`, the offsets do not cover the ids, or the sample weights do not
/// fit the ids or the mode.
pub fn embedding_bag(
    weight: impl Into<Weight>,
    ids: &[u32],
    offsets: &Offsets,
    mode: BagMode,
    sample_weights: Option<&Tensor>,
    padding_id: Option<u32>,
) -> Result<Tensor> {
    let weight: Weight = weight.into();
    let (vocab, dim) = weight.tensor().dims2()?;
    offsets.expect_tokens("embedding_bag", ids.len())?;
    if let Some(at) = ids.iter().position(|&id| id as usize >= vocab) {
        bail!(
            "embedding_bag: id {} at position {at} is not below the vocabulary's {vocab}",
            ids[at]
        );
    }
    if let Some(factors) = sample_weights {
        check_sample_weights(factors, weight.tensor(), ids.len(), mode)?;
    }
    let bags = Bags {
        ids: ids.to_vec(),
        offsets: offsets.clone(),
        mode,
        dim,
        is_tracked: weight.tensor().track_op(),
        slot: weight.slot(),
        winners: OnceLock::new(),
    };
    let (bags, sample_weights) = bags.without(padding_id, sample_weights.cloned())?;
    if !has_kernel(weight.tensor()) {
        return bags.composed(weight.tensor(), sample_weights.as_ref());
    }
    let weight = weight.tensor().contiguous()?;
    match sample_weights {
        Some(factors) => weight.apply_op2(&factors.contiguous()?, Weighted(bags)),
        None => weight.apply_op1(bags),
    }
}

fn check_sample_weights(
    factors: &Tensor,
    weight: &Tensor,
    n_tokens: usize,
    mode: BagMode,
) -> Result<()> {
    if mode != BagMode::Sum {
        bail!("embedding_bag: sample weights go with BagMode::Sum, got {mode:?}");
    }
    if factors.dims() != [n_tokens] {
        bail!("embedding_bag: {n_tokens} ids, sample weights {:?}", factors.shape());
    }
    if factors.dtype() != weight.dtype() {
        bail!(
            "embedding_bag: the weight is {:?}, the sample weights are {:?}; convert one",
            weight.dtype(),
            factors.dtype()
        );
    }
    Ok(())
}

/// The bags of one call, and how they are pooled.
struct Bags {
    ids: Vec<u32>,
    offsets: Offsets,
    mode: BagMode,
    dim: usize,
    is_tracked: bool,
    slot: Option<Slot>,
    /// The winning token of each (bag, column) of a maximum, kept if the weight is tracked.
    winners: OnceLock<Vec<u32>>,
}

impl Bags {
    /// Leaves out the tokens that have this id.
    fn without(
        self,
        padding_id: Option<u32>,
        sample_weights: Option<Tensor>,
    ) -> Result<(Self, Option<Tensor>)> {
        let Some(padding_id) = padding_id.filter(|id| self.ids.contains(id)) else {
            return Ok((self, sample_weights));
        };
        let is_kept = |token: &usize| self.ids[*token] != padding_id;
        let kept: Vec<u32> =
            (0..self.ids.len()).filter(is_kept).map(|token| token as u32).collect();
        let offsets =
            Offsets::from_lengths(self.offsets.iter().map(|row| row.filter(is_kept).count()));
        let ids = kept.iter().map(|&token| self.ids[token as usize]).collect();
        let sample_weights = match sample_weights {
            Some(factors) => Some(factors.index_select(&Tensor::new(kept, factors.device())?, 0)?),
            None => None,
        };
        Ok((Self { ids, offsets, ..self }, sample_weights))
    }

    /// The same by candle's own operations, which write the looked-up rows out.
    fn composed(&self, weight: &Tensor, sample_weights: Option<&Tensor>) -> Result<Tensor> {
        if self.ids.is_empty() {
            let shape = (self.offsets.n_rows(), self.dim);
            return Tensor::zeros(shape, weight.dtype(), weight.device());
        }
        let ids = Tensor::new(self.ids.as_slice(), weight.device())?;
        let rows = weight.index_select(&ids, 0)?;
        match (self.mode, sample_weights) {
            (BagMode::Sum, Some(factors)) => {
                let rows = rows.broadcast_mul(&factors.unsqueeze(1)?)?;
                composed::sum(&rows, &self.offsets, Scale::One)
            }
            (BagMode::Sum, None) => composed::sum(&rows, &self.offsets, Scale::One),
            (BagMode::Mean, _) => composed::sum(&rows, &self.offsets, Scale::PerToken),
            (BagMode::Max, _) => composed::max(&rows, &self.offsets),
        }
    }

    /// What each token's row is multiplied by in a sum or mean.
    #[inline(always)]
    fn factor<T: Element>(&self, token: usize, bag: usize, sample_weights: Option<&[T]>) -> T {
        match (self.mode, sample_weights) {
            (BagMode::Mean, _) => T::from_f64(Scale::PerToken.of(self.offsets.range(bag).len())),
            (_, Some(factors)) => factors[token],
            (_, None) => T::one(),
        }
    }

    fn cpu_fwd<T: Element>(
        &self,
        weight: &[T],
        sample_weights: Option<&[T]>,
    ) -> (CpuStorage, Shape) {
        let out = match self.mode {
            BagMode::Max => {
                let (out, winners) = self.maxima(weight);
                if self.is_tracked {
                    // A node's forward pass runs once; a second `set` could only repeat the first.
                    let _ = self.winners.set(winners);
                }
                out
            }
            BagMode::Sum | BagMode::Mean => self.sums(weight, sample_weights),
        };
        result(out, (self.offsets.n_rows(), self.dim))
    }

    /// The gradient of the weight: left in its slot as rows, or given back for candle.
    fn weight_gradient<T: Element>(
        &self,
        weight: &Tensor,
        sample_weights: Option<&[T]>,
        gradient: &[T],
    ) -> Result<Option<Tensor>> {
        if !self.is_tracked {
            return Ok(None);
        }
        let rows = self.row_gradient(gradient, sample_weights, weight.device())?;
        match &self.slot {
            Some(slot) => {
                slot.deposit(Gradient::Rows(rows));
                Ok(None)
            }
            None => Gradient::Rows(rows).to_dense(weight.dims()).map(Some),
        }
    }
}

impl CustomOp1 for Bags {
    fn name(&self) -> &'static str {
        "embedding_bag"
    }

    fn cpu_fwd(&self, weight: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!("embedding_bag", weight.dtype(), T => {
            Ok(self.cpu_fwd::<T>(contiguous("embedding_bag", weight, layout)?, None))
        })
    }

    fn bwd(&self, weight: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!("embedding_bag", weight.dtype(), T => {
            with_elements("embedding_bag", gradient, |gradient: &[T]| {
                self.weight_gradient(weight, None, gradient)
            })
        })
    }
}

/// Bags whose rows have sample weights.
struct Weighted(Bags);

impl CustomOp2 for Weighted {
    fn name(&self) -> &'static str {
        "embedding_bag"
    }

    fn cpu_fwd(
        &self,
        weight: &CpuStorage,
        layout: &Layout,
        factors: &CpuStorage,
        factors_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), weight.dtype(), T => {
            let weight: &[T] = contiguous(self.name(), weight, layout)?;
            let factors = contiguous(self.name(), factors, factors_layout)?;
            Ok(self.0.cpu_fwd(weight, Some(factors)))
        })
    }

    fn bwd(
        &self,
        weight: &Tensor,
        factors: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let name = self.name();
        for_dtype!(name, weight.dtype(), T => with_elements(name, gradient, |g: &[T]| {
            let dw = with_elements(name, factors, |factors: &[T]| {
                self.0.weight_gradient(weight, Some(factors), g)
            })?;
            let d_factors = if factors.track_op() {
                let values = with_elements(name, weight, |weight: &[T]| {
                    Ok(self.0.sample_weight_gradient(weight, g))
                })?;
                Some(Tensor::from_vec(values, factors.shape(), factors.device())?)
            } else {
                None
            };
            Ok((dw, d_factors))
        }))
    }
}

#[cfg(test)]
mod tests;
