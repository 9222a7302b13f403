//! Softmax over the last dimension, its logarithm, and softmax under a mask.
//!
//! A row of which nothing is left (all of it masked or `-∞`) has probabilities 0 and gradient 0,
//! where the formula would divide zero by zero.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};

use crate::element::{contiguous, elements, for_dtype, has_kernel, result, with_elements};

mod composed;
mod kernel;

pub(crate) use self::composed::log_softmax as log_softmax_composed;

/// `softmax(x)[i] = exp(x[i]) / Σ_j exp(x[j])` over the last dimension.
///
/// An element `-∞` has probability 0; a row of `-∞` alone gives zeros.
///
/// # Shapes
/// - x, output: `(.., n)`, at least one dimension
///
/// # Errors
/// If `x` is a scalar.
pub fn softmax(x: &Tensor) -> Result<Tensor> {
    expect_rows("softmax", x)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op1(Softmax { is_log: false })
    } else {
        composed::softmax(x, None)
    }
}

/// `log_softmax(x)[i] = x[i] - ln Σ_j exp(x[j])` over the last dimension.
///
/// A row of `-∞` alone gives `-∞`, with gradient 0.
///
/// # Shapes
/// - x, output: `(.., n)`, at least one dimension
///
/// # Errors
/// If `x` is a scalar.
pub fn log_softmax(x: &Tensor) -> Result<Tensor> {
    expect_rows("log_softmax", x)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op1(Softmax { is_log: true })
    } else {
        composed::log_softmax(x)
    }
}

/// [`softmax`] over the elements that the mask keeps; the others have probability 0 exactly and no
/// gradient, whatever their values. A row of which nothing is kept gives zeros.
///
/// # Shapes
/// - x, output: `(.., n)`, at least one dimension
/// - mask: `u8`, 0 where an element is left out; of the shape of `x`, or one that broadcasts to it
///   (`(batch, 1, 1, n)` for scores `(batch, n_heads, n, n)`)
///
/// # Errors
/// If `x` is a scalar, or the mask is of another type or does not broadcast to `x`.
pub fn masked_softmax(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    expect_rows("masked_softmax", x)?;
    if mask.dtype() != DType::U8 {
        bail!("masked_softmax: the mask must be U8, got {:?}", mask.dtype());
    }
    let Ok(mask) = mask.broadcast_as(x.shape()) else {
        bail!("masked_softmax: mask {:?} for x {:?}", mask.shape(), x.shape());
    };
    if !has_kernel(x) {
        return composed::softmax(x, Some(&mask));
    }
    // Rows of the mask are read as slices; leading dimensions may stay as broadcast as they are.
    let is_row = matches!(mask.stride().last(), Some(0 | 1));
    let mask = if is_row { mask } else { mask.contiguous()? };
    x.contiguous()?.apply_op2(&mask, MaskedSoftmax)
}

fn expect_rows(op: &'static str, x: &Tensor) -> Result<()> {
    if x.rank() == 0 {
        bail!("{op}: x must have at least one dimension, got a scalar");
    }
    Ok(())
}

struct Softmax {
    is_log: bool,
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        if self.is_log { "log_softmax" } else { "softmax" }
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let n = layout.dims().last().copied().unwrap_or_default();
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            let out = if self.is_log {
                kernel::by_row(x, n, #[inline(always)] |_, out| kernel::log_softmax(out))
            } else {
                kernel::by_row(x, n, #[inline(always)] |_, out| kernel::softmax(out))
            };
            Ok(result(out, layout.shape()))
        })
    }

    fn bwd(&self, _: &Tensor, y: &Tensor, upstream: &Tensor) -> Result<Option<Tensor>> {
        backward(self.name(), self.is_log, y, upstream).map(Some)
    }
}

/// Its mask may be broadcast along all dimensions but the last, where it is a row or one number.
struct MaskedSoftmax;

impl CustomOp2 for MaskedSoftmax {
    fn name(&self) -> &'static str {
        "masked_softmax"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        mask: &CpuStorage,
        mask_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let n = x_layout.dims().last().copied().unwrap_or_default();
        let mask = MaskRows { mask: mask.as_slice::<u8>()?, layout: mask_layout };
        for_dtype!(self.name(), x.dtype(), T => {
            let x: &[T] = contiguous(self.name(), x, x_layout)?;
            let out = kernel::by_row(x, n, #[inline(always)] |row, out| {
                kernel::mask(mask.row(row), out);
                kernel::softmax(out);
            });
            Ok(result(out, x_layout.shape()))
        })
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        y: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        // What is masked has probability 0, and so no gradient.
        Ok((Some(backward(self.name(), false, y, upstream)?), None))
    }
}

/// The rows of a mask that is broadcast along leading dimensions.
struct MaskRows<'a> {
    mask: &'a [u8],
    layout: &'a Layout,
}

impl MaskRows<'_> {
    /// The mask of one row of the scores; shorter than the row, one number stands for all.
    fn row(&self, row: usize) -> &[u8] {
        let (dims, strides) = (self.layout.dims(), self.layout.stride());
        let Some((&n, leading)) = dims.split_last() else { return &[] };
        let mut rest = row;
        let mut at = self.layout.start_offset();
        for (&dim, &stride) in leading.iter().zip(strides).rev() {
            at += rest % dim * stride;
            rest /= dim;
        }
        let length = if strides.last() == Some(&1) { n } else { n.min(1) };
        &self.mask[at..at + length]
    }
}

/// From the output alone: `dx = y · (g - Σ g · y)`, or `g - exp(y) · Σ g` for the logarithm.
fn backward(op: &'static str, is_log: bool, y: &Tensor, upstream: &Tensor) -> Result<Tensor> {
    let n = y.dims().last().copied().unwrap_or_default();
    for_dtype!(op, y.dtype(), T => with_elements(op, upstream, |upstream: &[T]| {
        let y_values = elements::<T>(op, y)?;
        let y_rows: &[T] = &y_values;
        let dx = kernel::by_row(upstream, n, #[inline(always)] |row, out| {
            let y = &y_rows[row * n..(row + 1) * n];
            if is_log {
                kernel::log_softmax_gradient(y, out);
            } else {
                kernel::softmax_gradient(y, out);
            }
        });
        Tensor::from_vec(dx, y.shape(), y.device())
    }))
}

#[cfg(test)]
mod tests;
