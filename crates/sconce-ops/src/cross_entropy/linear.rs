//! The loss of a linear layer's logits, some rows at a time.
//!
//! The gradients are computed together with the loss, while a chunk's logits are there, for a loss
//! whose own gradient is 1; the backward pass multiplies them by what that turns out to be. So the
//! logits are made once, and what is kept are the gradients, as large as `x`, `w` and `b`.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::targets::Targets;
use crate::element::{Element, contiguous, for_dtype, host_tensor, with_elements};
use crate::param_store::{Slot, Weight};
use crate::reduction::Reduction;
use crate::simd::dispatch;

mod chunks;

/// Elements that one task multiplies by the gradient of the loss.
const BLOCK: usize = 1 << 14;

/// The shapes fit.
pub(super) fn loss(
    x: &Tensor,
    w: &Weight,
    b: Option<&Weight>,
    targets: Targets,
    reduction: Reduction,
) -> Result<Tensor> {
    let no_bias = Tensor::zeros(0, x.dtype(), x.device())?;
    let bias = b.map_or(&no_bias, |b| b.tensor());
    for (name, weight) in [("w", w.tensor()), ("b", bias)] {
        if weight.dtype() != x.dtype() {
            let (x, weight) = (x.dtype(), weight.dtype());
            bail!("linear_cross_entropy: x is {x:?}, {name} is {weight:?}");
        }
    }
    let op = OfLinear {
        targets,
        reduction,
        wanted: [x.track_op(), w.tensor().track_op(), bias.track_op()],
        slots: [w.slot(), b.and_then(Weight::slot)],
        gradients: OnceLock::new(),
    };
    x.contiguous()?.apply_op3(&w.tensor().contiguous()?, &bias.contiguous()?, op)
}

struct OfLinear {
    targets: Targets,
    reduction: Reduction,
    /// Whether x, w and b want gradients.
    wanted: [bool; 3],
    /// Where the gradients of w and b go.
    slots: [Option<Slot>; 2],
    /// Of x, w and b, for a loss whose gradient is 1.
    gradients: OnceLock<[Option<Tensor>; 3]>,
}

impl CustomOp3 for OfLinear {
    fn name(&self) -> &'static str {
        "linear_cross_entropy"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        w: &CpuStorage,
        w_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), x.dtype(), T => {
            let x: &[T] = contiguous(self.name(), x, x_layout)?;
            let w: &[T] = contiguous(self.name(), w, w_layout)?;
            let b: &[T] = contiguous(self.name(), b, b_layout)?;
            let (n, total) = (self.targets.n_rows(), self.targets.total_weight());
            let layer = chunks::Layer { x, w, b, dim: x_layout.dims()[1], targets: &self.targets };
            let losses = if self.reduction == Reduction::None {
                layer.losses()
            } else {
                let scales = vec![self.reduction.scale(total); n];
                let (losses, gradients) = layer.losses_and_gradients(&scales, self.wanted);
                if self.wanted.contains(&true) {
                    // A node's forward pass runs once; a second `set` could only repeat the first.
                    let _ = self.gradients.set(layer.tensors(gradients)?);
                }
                losses
            };
            Ok(self.reduction.of_rows::<T>(&losses, total, &[n]))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [dx, dw, db] = for_dtype!(self.name(), x.dtype(), T => {
            with_elements(self.name(), upstream, |upstream: &[T]| match self.gradients.get() {
                Some(gradients) => scaled(gradients, upstream),
                None => self.recomputed(x, w, b, upstream),
            })
        })?;
        let [w_slot, b_slot] = &self.slots;
        let hand_out = |slot: &Option<Slot>, gradient: Option<Tensor>| {
            gradient.and_then(|gradient| Slot::deposit_or_return(slot.as_ref(), gradient))
        };
        Ok((dx, hand_out(w_slot, dw), hand_out(b_slot, db)))
    }
}

impl OfLinear {
    /// The gradients where each row's loss has its own.
    fn recomputed<T: Element>(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        upstream: &[T],
    ) -> Result<[Option<Tensor>; 3]> {
        let name = self.name();
        let (n, dim) = x.dims2()?;
        let scales = self.reduction.gradient_of_rows(upstream, self.targets.total_weight(), n);
        with_elements(name, x, |x: &[T]| {
            with_elements(name, w, |w: &[T]| {
                with_elements(name, b, |b: &[T]| {
                    let layer = chunks::Layer { x, w, b, dim, targets: &self.targets };
                    layer.tensors(layer.losses_and_gradients(&scales, self.wanted).1)
                })
            })
        })
    }
}

/// The gradients times that of the loss.
fn scaled<T: Element>(
    gradients: &[Option<Tensor>; 3],
    upstream: &[T],
) -> Result<[Option<Tensor>; 3]> {
    let factor = upstream.first().copied().unwrap_or(T::zero());
    if factor == T::one() {
        return Ok(gradients.clone());
    }
    let [dx, dw, db] = gradients
        .each_ref()
        .map(|gradient| gradient.as_ref().map(|gradient| multiplied(gradient, factor)).transpose());
    Ok([dx?, dw?, db?])
}

fn multiplied<T: Element>(tensor: &Tensor, factor: T) -> Result<Tensor> {
    with_elements("linear_cross_entropy", tensor, |values: &[T]| {
        let mut out = vec![T::zero(); values.len()];
        out.par_chunks_mut(BLOCK).zip(values.par_chunks(BLOCK)).for_each(|(out, values)| {
            dispatch(
                #[inline(always)]
                || {
                    for (out, &x) in out.iter_mut().zip(values) {
                        *out = x * factor;
                    }
                },
            );
        });
        host_tensor(out, tensor.shape())
    })
}

#[cfg(test)]
mod tests;
