//! A bank of convolutions over windows of words, ReLU and max-over-time pooling in one operation:
//! the feature extractor of Kim, *Convolutional neural networks for sentence classification*
//! (EMNLP 2014, arXiv:1408.5882).
//!
//! For each width `k` and filter `f`, with `x` taken as zero beyond a sentence's ends (a *wide*
//! convolution), `out = max over windows s of relu(b[f] + Σ_j w[k, j, f] · x[s + j])`.
//!
//! Forward: one matrix product of the packed tokens with *all* taps of all widths, then each
//! window is a sum of `k` numbers from it; nothing is unfolded and no padding is multiplied.
//! Backward: only the winning window of each (sentence, filter) has a gradient, so it costs
//! `batch · n_filters · k` row updates, a small part of the forward pass.

use std::ops::Range;
use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use crate::element::{contiguous, for_dtype, has_kernel, result, with_elements};
use crate::offsets::Offsets;
use crate::param_store::{Slot, Weight};

mod backward;
mod composed;
mod forward;

/// Convolves packed sentences with filters of several widths and keeps each filter's best window.
///
/// A sentence without words has one window, of padding alone.
///
/// # Shapes
/// - x: `(n_tokens, dim)`
/// - w: `(sum(widths), n_filters, dim)`: for each width in turn its taps, first word first
/// - b: `(widths.len() * n_filters,)`
/// - output: `(batch, widths.len() * n_filters)`
///
/// # Errors
/// If the shapes do not fit each other, the widths or the offsets.
pub fn conv_max_over_time(
    x: &Tensor,
    w: impl Into<Weight>,
    b: impl Into<Weight>,
    offsets: &Offsets,
    widths: &[usize],
) -> Result<Tensor> {
    let (w, b): (Weight, Weight) = (w.into(), b.into());
    let (n_tokens, dim) = x.dims2()?;
    offsets.expect_tokens("conv_max_over_time", n_tokens)?;
    let (n_taps, n_filters, w_dim) = w.tensor().dims3()?;
    let n_features = widths.len() * n_filters;
    if widths.contains(&0) || n_taps != widths.iter().sum::<usize>() || w_dim != dim {
        bail!(
            "conv_max_over_time: widths {widths:?} over {dim} dimensions, weight {:?}",
            w.tensor().shape()
        );
    }
    if b.tensor().dims() != [n_features] {
        bail!("conv_max_over_time: {n_features} features, bias {:?}", b.tensor().shape());
    }
    let bank = Bank { offsets: offsets.clone(), widths: widths.to_vec(), n_filters, dim };
    if !has_kernel(x) {
        return bank.composed(x, w.tensor(), b.tensor());
    }
    let op = ConvMax { bank, winners: OnceLock::new(), slots: [w.slot(), b.slot()] };
    x.contiguous()?.apply_op3(&w.tensor().contiguous()?, &b.tensor().contiguous()?, op)
}

/// Sizes of the operation.
struct Bank {
    offsets: Offsets,
    widths: Vec<usize>,
    n_filters: usize,
    dim: usize,
}

impl Bank {
    fn n_features(&self) -> usize {
        self.widths.len() * self.n_filters
    }

    fn n_taps(&self) -> usize {
        self.widths.iter().sum()
    }

    /// First tap and width of each convolution.
    fn convolutions(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.widths.iter().scan(0, |next, &width| {
            let first = *next;
            *next += width;
            Some((first, width))
        })
    }

    /// Convolution and place in it of each tap.
    fn taps(&self) -> Vec<(usize, usize)> {
        let taps = |(convolution, &width)| (0..width).map(move |j| (convolution, j));
        self.widths.iter().enumerate().flat_map(taps).collect()
    }
}

/// The window that won a maximum: its first word, counted from the sentence's, which is negative
/// where the window begins before the sentence.
type Winner = i32;

/// In place of a winner where ReLU cut the maximum off, so nothing has a gradient.
const INACTIVE: Winner = i32::MIN;

struct ConvMax {
    bank: Bank,
    /// `(batch, n_features)`, kept for the backward pass.
    winners: OnceLock<Vec<Winner>>,
    /// Where the gradients of w and b go.
    slots: [Option<Slot>; 2],
}

impl CustomOp3 for ConvMax {
    fn name(&self) -> &'static str {
        "conv_max_over_time"
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
            let (out, winners) = self.bank.forward(x, w, b);
            // A node's forward pass runs once; a second `set` could only repeat the first.
            let _ = self.winners.set(winners);
            Ok(result(out, (self.bank.offsets.n_rows(), self.bank.n_features())))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(winners) = self.winners.get() else {
            bail!("{}: backward before forward", self.name())
        };
        for_dtype!(self.name(), x.dtype(), T => with_elements(self.name(), gradient, |g: &[T]| {
            let pooled = backward::Pooled { bank: &self.bank, winners, gradient: g };
            let device = x.device();
            let dx = if x.track_op() {
                let dx = with_elements(self.name(), w, |w: &[T]| Ok(pooled.input_gradient(w)))?;
                Some(Tensor::from_vec(dx, x.shape(), device)?)
            } else {
                None
            };
            let [w_slot, b_slot] = &self.slots;
            let dw = if w.track_op() {
                let dw = with_elements(self.name(), x, |x: &[T]| Ok(pooled.weight_gradient(x)))?;
                Slot::deposit_or_return(w_slot.as_ref(), Tensor::from_vec(dw, w.shape(), device)?)
            } else {
                None
            };
            let db = if b.track_op() {
                let db = Tensor::from_vec(pooled.bias_gradient(), b.shape(), device)?;
                Slot::deposit_or_return(b_slot.as_ref(), db)
            } else {
                None
            };
            Ok((dx, dw, db))
        }))
    }
}

/// Splits `data` into one piece for each range, `per_item` elements an item.
fn split_by<'a, T>(
    mut data: &'a mut [T],
    ranges: &[Range<usize>],
    per_item: usize,
) -> Vec<&'a mut [T]> {
    ranges
        .iter()
        .map(|range| data.split_off_mut(..range.len() * per_item).unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests;
