//! What layer norm and RMS norm share: each row of `h = residual + dropout(x)` is moved to mean 0 or
//! not, scaled to variance 1, then multiplied by a weight and shifted by a bias.
//!
//! Forward reads `x` and the residual and writes the output; what a row needs beyond that stays in
//! the first-level cache. For the backward pass two numbers a row are kept, and `h` is made again.

use std::sync::OnceLock;

use candle_core::{
    CpuStorage, CustomOp2, CustomOp3, D, DType, Layout, Result, Shape, Tensor, bail,
};

use crate::dropout::Mask;
use crate::element::{contiguous, elements, for_dtype, has_kernel, result, with_elements};
use crate::param_store::Weight;
use crate::weights::WeightList;

mod heads;
mod kernel;

pub(crate) use self::heads::norm_heads;

/// What is subtracted from a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Center {
    Mean,
    Zero,
}

/// One kind of normalization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm {
    pub(crate) op: &'static str,
    pub(crate) center: Center,
    pub(crate) eps: f64,
    pub(crate) mask: Option<Mask>,
}

impl Norm {
    /// Normalizes `residual + dropout(x)`, or `x` if there is no residual.
    pub(crate) fn apply(
        self,
        x: &Tensor,
        residual: Option<&Tensor>,
        w: Weight,
        b: Option<Weight>,
    ) -> Result<Tensor> {
        self.check(x, residual, &w, b.as_ref())?;
        if !has_kernel(x) {
            return self.composed(x, residual, w.tensor(), b.as_ref().map(Weight::tensor));
        }
        let weights: Vec<&Weight> = std::iter::once(&w).chain(&b).collect();
        let weights = WeightList::new(&weights)?;
        let is_tracked =
            weights.any_tracked() || x.track_op() || residual.is_some_and(Tensor::track_op);
        let argument = weights.argument().clone();
        let has_bias = b.is_some();
        let call = Call { norm: self, weights, has_bias, is_tracked, stats: OnceLock::new() };
        match residual {
            None => x.contiguous()?.apply_op2(&argument, Plain(call)),
            Some(residual) => {
                x.contiguous()?.apply_op3(&residual.contiguous()?, &argument, Added(call))
            }
        }
    }

    fn check(
        &self,
        x: &Tensor,
        residual: Option<&Tensor>,
        w: &Weight,
        b: Option<&Weight>,
    ) -> Result<()> {
        let op = self.op;
        let dim = match x.dims() {
            [.., dim] if *dim > 0 => *dim,
            dims => bail!("{op}: x needs a last dimension that is not empty, got {dims:?}"),
        };
        if self.eps.is_nan() || self.eps < 0. {
            bail!("{op}: eps must be at least 0, got {}", self.eps);
        }
        for (name, weight) in [("w", Some(w)), ("b", b)] {
            let Some(weight) = weight.map(Weight::tensor) else { continue };
            if weight.dims() != [dim] || weight.dtype() != x.dtype() {
                bail!(
                    "{op}: {name} must be ({dim},) in {:?} as the last dimension of x, got {:?} \
                     in {:?}",
                    x.dtype(),
                    weight.dims(),
                    weight.dtype()
                );
            }
        }
        match residual {
            Some(other) if other.shape() != x.shape() || other.dtype() != x.dtype() => bail!(
                "{op}: x has shape {:?} in {:?}, the residual {:?} in {:?}",
                x.shape(),
                x.dtype(),
                other.shape(),
                other.dtype()
            ),
            _ => Ok(()),
        }
    }

    /// The same by candle's own operations, half precision computed in single.
    fn composed(
        &self,
        x: &Tensor,
        residual: Option<&Tensor>,
        w: &Tensor,
        b: Option<&Tensor>,
    ) -> Result<Tensor> {
        let dtype = x.dtype();
        let dropped = self.mask.map_or_else(|| Ok(x.clone()), |mask| mask.composed(x))?;
        let h = residual.map_or_else(|| Ok(dropped.clone()), |residual| residual + &dropped)?;
        let h = if matches!(dtype, DType::F16 | DType::BF16) { h.to_dtype(DType::F32)? } else { h };
        let h = match self.center {
            Center::Mean => h.broadcast_sub(&h.mean_keepdim(D::Minus1)?)?,
            Center::Zero => h,
        };
        let variance = h.sqr()?.mean_keepdim(D::Minus1)?;
        let y = h.broadcast_div(&(variance + self.eps)?.sqrt()?)?;
        let y = if self.center == Center::Zero { y.to_dtype(dtype)? } else { y };
        let y = y.broadcast_mul(&w.to_dtype(y.dtype())?)?;
        let y = match b {
            Some(b) => y.broadcast_add(&b.to_dtype(y.dtype())?)?,
            None => y,
        };
        y.to_dtype(dtype)
    }
}

/// One call on the CPU.
struct Call {
    norm: Norm,
    /// w, then b if there is one.
    weights: WeightList,
    has_bias: bool,
    is_tracked: bool,
    /// Center and inverse deviation of each row, if a backward pass may come.
    stats: OnceLock<Vec<[f64; 2]>>,
}

impl Call {
    fn forward(
        &self,
        (x, layout): (&CpuStorage, &Layout),
        residual: Option<(&CpuStorage, &Layout)>,
    ) -> Result<(CpuStorage, Shape)> {
        let op = self.norm.op;
        for_dtype!(op, x.dtype(), T => {
            let x: &[T] = contiguous(op, x, layout)?;
            let residual: Option<&[T]> =
                residual.map(|(storage, layout)| contiguous(op, storage, layout)).transpose()?;
            let w = elements::<T>(op, self.weights.tensor(0))?;
            let b = if self.has_bias {
                Some(elements::<T>(op, self.weights.tensor(1))?)
            } else {
                None
            };
            let (out, stats) =
                self.norm.forward(kernel::Input { x, residual }, &w, b.as_deref());
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.stats.set(stats);
            }
            Ok(result(out, layout.shape()))
        })
    }

    /// The gradients of x, the residual and the weights' argument.
    fn backward(
        &self,
        x: &Tensor,
        residual: Option<&Tensor>,
        upstream: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let op = self.norm.op;
        let Some(stats) = self.stats.get() else { bail!("{op}: backward before forward") };
        let tracks_residual = residual.is_some_and(Tensor::track_op);
        let wanted = kernel::Wanted {
            x: x.track_op(),
            residual: tracks_residual,
            w: self.weights.is_tracked(0),
            b: self.has_bias && self.weights.is_tracked(1),
        };
        for_dtype!(op, x.dtype(), T => with_elements(op, upstream, |upstream: &[T]| {
            let values = elements::<T>(op, x)?;
            let residual_values = residual.map(|residual| elements::<T>(op, residual)).transpose()?;
            let input = kernel::Input { x: &values[..], residual: residual_values.as_deref() };
            let w = elements::<T>(op, self.weights.tensor(0))?;
            let found = self.norm.backward(input, &w, stats, upstream, wanted);
            let tensor = |values: Vec<T>, shape: &Shape| {
                Tensor::from_vec(values, shape, x.device())
            };
            let dh = found.dh.map(|dh| tensor(dh, x.shape())).transpose()?;
            // Without dropout the gradients of both summands are one tensor.
            let dx = match found.dx {
                Some(dx) => Some(tensor(dx, x.shape())?),
                None => dh.clone().filter(|_| wanted.x),
            };
            let weight_shape = self.weights.tensor(0).shape();
            let mut gradients = vec![found.dw.map(|dw| tensor(dw, weight_shape)).transpose()?];
            if self.has_bias {
                gradients.push(found.db.map(|db| tensor(db, weight_shape)).transpose()?);
            }
            let argument = self.weights.gradients(gradients)?;
            Ok([dx, dh.filter(|_| tracks_residual), argument])
        }))
    }
}

/// x and the weights.
struct Plain(Call);

impl CustomOp2 for Plain {
    fn name(&self) -> &'static str {
        self.0.norm.op
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.0.forward((x, layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [dx, _, weights] = self.0.backward(x, None, upstream)?;
        Ok((dx, weights))
    }
}

/// x, the residual and the weights.
struct Added(Call);

impl CustomOp3 for Added {
    fn name(&self) -> &'static str {
        self.0.norm.op
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.0.forward((x, x_layout), Some((residual, residual_layout)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        residual: &Tensor,
        _: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [dx, dresidual, weights] = self.0.backward(x, Some(residual), upstream)?;
        Ok((dx, dresidual, weights))
    }
}

#[cfg(test)]
mod tests;
