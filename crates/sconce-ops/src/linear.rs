//! An affine map of each row, with the activation that follows it in the same operation:
//! `y = f(x · wᵀ + b)`.
//!
//! The bias goes into the output before the product is added to it, and gradients come out in the
//! weights' own layout (`dW = dZᵀ · x`, `dx = dZ · w`): nothing the size of a weight is ever
//! transposed or added to zeros.

use std::sync::OnceLock;

use candle_core::{
    CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, WithDType, bail,
};

use crate::activation::Activation;
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, host_tensor, result};
use crate::param_store::{Slot, Weight};

pub(crate) mod kernel;
mod stacked;

pub use self::stacked::linear_stacked;

/// Applies `w` (and `b`, if given) to the last dimension of `x`, laid out as PyTorch's
/// `nn.Linear`.
///
/// # Shapes
/// - x: `(.., n_in)`
/// - w: `(n_out, n_in)`, b: `(n_out,)`
/// - output: `(.., n_out)`
///
/// # Errors
/// If the shapes do not fit.
pub fn linear(x: &Tensor, w: impl Into<Weight>, b: Option<Weight>) -> Result<Tensor> {
    affine(x, &w.into(), b.as_ref(), None)
}

/// [`linear`], then `activation`, in one operation.
///
/// # Errors
/// As [`linear`].
pub fn linear_activated(
    x: &Tensor,
    w: impl Into<Weight>,
    b: Option<Weight>,
    activation: Activation,
) -> Result<Tensor> {
    affine(x, &w.into(), b.as_ref(), Some(activation))
}

fn affine(
    x: &Tensor,
    w: &Weight,
    b: Option<&Weight>,
    activation: Option<Activation>,
) -> Result<Tensor> {
    let (n_out, n_in) = w.tensor().dims2()?;
    if x.dims().last() != Some(&n_in) {
        bail!("linear: the weight takes {n_in} features, the input has shape {:?}", x.shape());
    }
    if let Some(b) = b.filter(|b| b.tensor().dims() != [n_out]) {
        bail!("linear: {n_out} outputs, bias {:?}", b.tensor().shape());
    }
    if !has_kernel(x) {
        return composed(x, w, b, activation);
    }
    let tracked = x.track_op() || w.tensor().track_op() || b.is_some_and(|b| b.tensor().track_op());
    let op = Linear {
        n_in,
        n_out,
        activation,
        keeps: tracked && activation.is_some_and(|f| !f.derives_from_output()),
        before: OnceLock::new(),
        slots: [w.slot(), b.and_then(Weight::slot)],
    };
    let (x, w) = (x.contiguous()?, w.tensor().contiguous()?);
    match b {
        Some(b) => x.apply_op3(&w, &b.tensor().contiguous()?, op),
        None => x.apply_op2(&w, op),
    }
}

/// The same by candle's own operations.
fn composed(
    x: &Tensor,
    w: &Weight,
    b: Option<&Weight>,
    activation: Option<Activation>,
) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    let n_in = shape.pop().unwrap_or_default();
    shape.push(w.tensor().dim(0)?);
    // candle's matmul folds some transposed views wrongly, so the left side is made contiguous.
    let rows = x.contiguous()?.reshape(((), n_in))?;
    let mut y = rows.matmul(&w.tensor().t()?)?.reshape(shape)?;
    if let Some(b) = b {
        y = y.broadcast_add(b.tensor())?;
    }
    activation.map_or(Ok(y.clone()), |f| f.composed(&y))
}

const OP: &str = "linear";

struct Linear {
    n_in: usize,
    n_out: usize,
    activation: Option<Activation>,
    /// Whether the values before the activation are kept for the backward pass.
    keeps: bool,
    /// Those values.
    before: OnceLock<Tensor>,
    /// Where the gradients of w and b go.
    slots: [Option<Slot>; 2],
}

impl Linear {
    fn forward(
        &self,
        (x, x_layout): (&CpuStorage, &Layout),
        (w, w_layout): (&CpuStorage, &Layout),
        b: Option<(&CpuStorage, &Layout)>,
    ) -> Result<(CpuStorage, Shape)> {
        let mut shape = x_layout.dims().to_vec();
        shape.pop();
        shape.push(self.n_out);
        for_dtype!(OP, x.dtype(), T => {
            let x: &[T] = contiguous(OP, x, x_layout)?;
            let w: &[T] = contiguous(OP, w, w_layout)?;
            let b: Option<&[T]> = b.map(|(b, layout)| contiguous(OP, b, layout)).transpose()?;
            let out = kernel::product((self.n_in, self.n_out), x, w, b);
            Ok(result(self.activate(out)?, shape))
        })
    }

    /// Applies the activation in place; where its argument is kept, that is the product itself and
    /// the values are a new array.
    fn activate<T: Element>(&self, mut out: Vec<T>) -> Result<Vec<T>> {
        let Some(activation) = self.activation else { return Ok(out) };
        if !self.keeps {
            kernel::map(activation, &mut out);
            return Ok(out);
        }
        let activated = kernel::mapped(activation, &out);
        let shape = (out.len() / self.n_out.max(1), self.n_out);
        let before = host_tensor(out, shape)?;
        // A node's forward pass runs once; a second `set` could only repeat the first.
        let _ = self.before.set(before);
        Ok(activated)
    }

    /// Gradients of x, w and b, as far as they are tracked.
    fn backward(
        &self,
        operands: (&Tensor, &Tensor, Option<&Tensor>),
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let gradient = gradient.contiguous()?;
        for_dtype!(OP, y.dtype(), T => {
            let dy = elements::<T>(OP, &gradient)?;
            match self.activation {
                None => self.pull_back(operands, &dy),
                Some(activation) => {
                    let kept = if self.keeps { self.before.get() } else { Some(y) };
                    let Some(kept) = kept else { bail!("{OP}: backward before forward") };
                    let kept = elements::<T>(OP, kept)?;
                    self.pull_back(operands, &kernel::pulled_back(activation, &kept, &dy))
                }
            }
        })
    }

    /// Gradients from that of `z = x · wᵀ + b`.
    fn pull_back<T: Element>(
        &self,
        (x, w, b): (&Tensor, &Tensor, Option<&Tensor>),
        dz: &[T],
    ) -> Result<[Option<Tensor>; 3]> {
        let size = (self.n_in, self.n_out);
        let part = kernel::Part::all(dz, self.n_out);
        let dw = tracked(w, || Ok(kernel::weight_gradient(size, &elements::<T>(OP, x)?, part)))?;
        let db = match b {
            Some(b) => tracked(b, || Ok(kernel::bias_gradient(self.n_out, dz)))?,
            None => None,
        };
        let dx = tracked(x, || {
            let mut dx = vec![T::zero(); x.elem_count()];
            kernel::add_input_gradient(size, &elements::<T>(OP, w)?, part, &mut dx);
            Ok(dx)
        })?;
        let deposit = |slot: &Option<Slot>, gradient: Option<Tensor>| {
            gradient.and_then(|gradient| Slot::deposit_or_return(slot.as_ref(), gradient))
        };
        Ok([dx, deposit(&self.slots[0], dw), deposit(&self.slots[1], db)])
    }
}

/// The gradient of an operand that is tracked.
fn tracked<T: WithDType>(
    operand: &Tensor,
    gradient: impl FnOnce() -> Result<Vec<T>>,
) -> Result<Option<Tensor>> {
    let gradient = || Tensor::from_vec(gradient()?, operand.shape(), operand.device());
    operand.track_op().then(gradient).transpose()
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        OP
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
        self.forward((x, x_layout), (w, w_layout), Some((b, b_layout)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        self.backward((x, w, Some(b)), y, gradient).map(|[dx, dw, db]| (dx, dw, db))
    }
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        w: &CpuStorage,
        w_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((x, x_layout), (w, w_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        self.backward((x, w, None), y, gradient).map(|[dx, dw, _]| (dx, dw))
    }
}

#[cfg(test)]
mod tests;
