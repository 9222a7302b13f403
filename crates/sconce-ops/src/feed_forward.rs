//! The position-wise feed-forward network of a transformer (Vaswani et al., 2017, arXiv:1706.03762)
//! in one operation: `y = drop(f(x · w₁ᵀ + b₁)) · w₂ᵀ + b₂`.
//!
//! Of the wide layer between the two products only the values before the activation are kept; the
//! backward pass computes the others and all of their gradients in one pass over them.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::activation::Activation;
use crate::dropout::{Mask, dropout};
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, host_tensor, result};
use crate::linear::{kernel, linear, linear_activated};
use crate::mode::Mode;
use crate::param_store::Weight;
use crate::simd::dispatch;
use crate::weights::WeightList;

/// Elements that one task maps: whole groups of a dropout mask.
const BLOCK: usize = 1 << 12;

const OP: &str = "feed_forward";

/// The two affine maps and what is between them.
#[derive(Clone)]
pub struct FeedForward {
    /// `(n_inner, n_in)` and, if there is one, its bias `(n_inner,)`.
    pub inner: (Weight, Option<Weight>),
    /// The function between the maps.
    pub activation: Activation,
    /// Probability of dropping an element between the maps.
    pub dropout: f64,
    /// `(n_out, n_inner)` and, if there is one, its bias `(n_out,)`.
    pub outer: (Weight, Option<Weight>),
}

/// Applies a feed-forward network to the last dimension of `x`.
///
/// # Shapes
/// - x: `(.., n_in)`
/// - output: `(.., n_out)`
///
/// # Errors
/// If the shapes do not fit, or the probability is not in `[0, 1)`.
pub fn feed_forward(x: &Tensor, network: &FeedForward, mode: Mode) -> Result<Tensor> {
    let FeedForward { inner, activation, dropout: p, outer } = network;
    if !(0. ..1.).contains(p) {
        bail!("{OP}: the probability must be at least 0 and below 1, got {p}");
    }
    let (n_inner, n_in) = inner.0.tensor().dims2()?;
    let (n_out, n_between) = outer.0.tensor().dims2()?;
    if x.dims().last() != Some(&n_in) || n_between != n_inner {
        bail!(
            "{OP}: input {:?}, weights {:?} and {:?} do not fit",
            x.shape(),
            inner.0.tensor().shape(),
            outer.0.tensor().shape()
        );
    }
    for (b, n) in [(&inner.1, n_inner), (&outer.1, n_out)] {
        if let Some(b) = b.as_ref().filter(|b| b.tensor().dims() != [n]) {
            bail!("{OP}: {n} outputs, bias {:?}", b.tensor().shape());
        }
    }
    if !has_kernel(x) {
        return composed(x, network, mode);
    }
    let mut weights = vec![&inner.0];
    weights.extend(&inner.1);
    weights.push(&outer.0);
    weights.extend(&outer.1);
    let weights = WeightList::new(&weights)?;
    let mask = match mode {
        Mode::Train(key) if *p > 0. => Some(Mask::new(key, *p)),
        _ => None,
    };
    let op = Op {
        size: (n_in, n_inner, n_out),
        biased: (inner.1.is_some(), outer.1.is_some()),
        activation: *activation,
        mask,
        is_tracked: x.track_op() || weights.any_tracked(),
        before: OnceLock::new(),
        weights,
    };
    let argument = op.weights.argument().clone();
    x.contiguous()?.apply_op2(&argument, op)
}

/// The same of single operations.
fn composed(x: &Tensor, network: &FeedForward, mode: Mode) -> Result<Tensor> {
    let FeedForward { inner, activation, dropout: p, outer } = network;
    let h = linear_activated(x, inner.0.clone(), inner.1.clone(), *activation)?;
    linear(&dropout(&h, *p, mode)?, outer.0.clone(), outer.1.clone())
}

struct Op {
    /// `(n_in, n_inner, n_out)`.
    size: (usize, usize, usize),
    /// Whether the inner and the outer map have a bias.
    biased: (bool, bool),
    activation: Activation,
    mask: Option<Mask>,
    is_tracked: bool,
    /// The values before the activation, kept for the backward pass.
    before: OnceLock<Tensor>,
    /// Inner weight, its bias if any, outer weight, its bias if any.
    weights: WeightList,
}

impl Op {
    /// Places of the outer weight and of the two biases in the list of weights.
    fn places(&self) -> (usize, Option<usize>, Option<usize>) {
        let (inner, outer) = self.biased;
        let weight = 1 + usize::from(inner);
        (weight, inner.then_some(1), outer.then_some(weight + 1))
    }

    fn affine<T: Element>(
        &self,
        size: (usize, usize),
        x: &[T],
        (weight, bias): (usize, Option<usize>),
    ) -> Result<Vec<T>> {
        let w = elements::<T>(OP, self.weights.tensor(weight))?;
        let b = bias.map(|bias| elements::<T>(OP, self.weights.tensor(bias))).transpose()?;
        Ok(kernel::product(size, x, &w, b.as_deref()))
    }

    fn forward<T: Element>(&self, x: &[T]) -> Result<Vec<T>> {
        let (n_in, n_inner, n_out) = self.size;
        let (outer, inner_bias, outer_bias) = self.places();
        let mut h = self.affine((n_in, n_inner), x, (0, inner_bias))?;
        if self.is_tracked {
            let shape = (kernel::n_rows(x.len(), n_in), n_inner);
            let before = host_tensor(h.clone(), shape)?;
            // A node's forward pass runs once; a second `set` could only repeat the first.
            let _ = self.before.set(before);
        }
        self.activate(&mut h);
        self.affine((n_inner, n_out), &h, (outer, outer_bias))
    }

    /// Activation and dropout, in place.
    fn activate<T: Element>(&self, h: &mut [T]) {
        h.par_chunks_mut(BLOCK).enumerate().for_each(|(block, h)| {
            dispatch(
                #[inline(always)]
                || {
                    self.activation.map(h);
                    if let Some(mask) = &self.mask {
                        mask.apply(block * BLOCK, h);
                    }
                },
            );
        });
    }

    /// From the gradient after dropout to that before the activation, in place; gives the values
    /// after dropout. With a gradient that nobody wants, which is empty, the values alone.
    fn pull_back<T: Element>(&self, before: &[T], gradient: &mut [T]) -> Vec<T> {
        if gradient.is_empty() {
            let mut h = before.to_vec();
            self.activate(&mut h);
            return h;
        }
        let mut h = vec![T::zero(); before.len()];
        let blocks = gradient.par_chunks_mut(BLOCK).zip(before.par_chunks(BLOCK));
        h.par_chunks_mut(BLOCK).zip(blocks).enumerate().for_each(
            |(block, (h, (gradient, before)))| {
                h.copy_from_slice(before);
                dispatch(
                    #[inline(always)]
                    || {
                        self.activation.map(h);
                        let kept: &[T] =
                            if self.activation.derives_from_output() { h } else { before };
                        self.activation.pull_back(kept, gradient);
                        if let Some(mask) = &self.mask {
                            mask.apply(block * BLOCK, gradient);
                            mask.apply(block * BLOCK, h);
                        }
                    },
                );
            },
        );
        h
    }

    fn backward<T: Element>(
        &self,
        x: &Tensor,
        xs: &[T],
        dy: &[T],
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (n_in, n_inner, n_out) = self.size;
        let (outer, inner_bias, outer_bias) = self.places();
        let Some(before) = self.before.get() else { bail!("{OP}: backward before forward") };
        // What lies below the outer map may all be frozen.
        let is_tracked = |place: Option<usize>| place.is_some_and(|p| self.weights.is_tracked(p));
        let goes_below = x.track_op() || is_tracked(Some(0)) || is_tracked(inner_bias);
        let mut dz = vec![T::zero(); if goes_below { before.elem_count() } else { 0 }];
        if goes_below {
            let w = elements::<T>(OP, self.weights.tensor(outer))?;
            kernel::add_input_gradient((n_inner, n_out), &w, kernel::Part::all(dy, n_out), &mut dz);
        }
        let h = self.pull_back(&elements::<T>(OP, before)?, &mut dz);
        let dz_part = kernel::Part::all(&dz, n_inner);

        let mut gradients = vec![None; 2 + usize::from(self.biased.0) + usize::from(self.biased.1)];
        let tensor = |data: Vec<T>, shape: &[usize]| Tensor::from_vec(data, shape, x.device());
        if self.weights.is_tracked(0) {
            let dw = kernel::weight_gradient((n_in, n_inner), xs, dz_part);
            gradients[0] = Some(tensor(dw, &[n_inner, n_in])?);
        }
        if self.weights.is_tracked(outer) {
            let dw = kernel::weight_gradient((n_inner, n_out), &h, kernel::Part::all(dy, n_out));
            gradients[outer] = Some(tensor(dw, &[n_out, n_inner])?);
        }
        for (bias, dz, n) in [(inner_bias, dz.as_slice(), n_inner), (outer_bias, dy, n_out)] {
            if let Some(bias) = bias.filter(|&bias| self.weights.is_tracked(bias)) {
                gradients[bias] = Some(tensor(kernel::bias_gradient(n, dz), &[n])?);
            }
        }
        let dx = x.track_op().then(|| {
            let mut dx = vec![T::zero(); xs.len()];
            let w = elements::<T>(OP, self.weights.tensor(0))?;
            kernel::add_input_gradient((n_in, n_inner), &w, dz_part, &mut dx);
            tensor(dx, x.dims())
        });
        Ok((dx.transpose()?, self.weights.gradients(gradients)?))
    }
}

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let mut shape = layout.dims().to_vec();
        shape.pop();
        shape.push(self.size.2);
        for_dtype!(OP, x.dtype(), T => {
            Ok(result(self.forward::<T>(contiguous(OP, x, layout)?)?, shape))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        for_dtype!(OP, x.dtype(), T => {
            self.backward(x, &elements::<T>(OP, x)?, &elements::<T>(OP, &gradient)?)
        })
    }
}

#[cfg(test)]
mod tests;
