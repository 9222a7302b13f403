//! Functions of one number between the layers of a network, with their derivatives.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};
use crate::simd::dispatch;

/// Elements that one task maps.
const BLOCK: usize = 1 << 13;

/// A function between layers. Names follow Hugging Face's `hidden_act`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x Φ(x)` with the normal distribution Φ (Hendrycks and Gimpel, 2016, arXiv:1606.08415);
    /// `gelu`.
    Gelu,
    /// GELU's approximation `x σ(2 √(2/π) (x + 0.044715 x³))`; `gelu_new`, `gelu_pytorch_tanh`.
    GeluTanh,
    /// `max(x, 0)`, with derivative 0 at 0 as PyTorch's; `relu`.
    Relu,
    /// `x σ(x)`; `silu`, `swish`.
    Silu,
    /// The hyperbolic tangent; `tanh`.
    Tanh,
    /// `σ(x)`; `sigmoid`.
    Sigmoid,
    /// `x σ(1.702 x)`, GELU's coarser approximation (Hendrycks and Gimpel, 2016); `quick_gelu`.
    QuickGelu,
}

/// Names in Hugging Face's configurations.
const NAMES: &[(&str, Activation)] = &[
    ("gelu", Activation::Gelu),
    ("gelu_python", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("gelu_fast", Activation::GeluTanh),
    ("gelu_accurate", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
    ("tanh", Activation::Tanh),
    ("sigmoid", Activation::Sigmoid),
    ("quick_gelu", Activation::QuickGelu),
];

/// The factor in [`Activation::QuickGelu`].
const QUICK_GELU: f64 = 1.702;

/// `2 √(2/π)` and `2 √(2/π) · 0.044715`: GELU's approximation is `x σ(a x + b x³)`.
const GELU_TANH: (f64, f64) = (1.595_769_121_605_730_7, 0.071_354_816_272_600_25);

impl Activation {
    /// The function of this `hidden_act` of Hugging Face's configurations, if it is one of these.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|&(_, activation)| activation)
    }

    /// Its name in Hugging Face's configurations; of several, the commonest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu_new",
            Self::Relu => "relu",
            Self::Silu => "silu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::QuickGelu => "quick_gelu",
        }
    }

    /// Every name that [`from_name`](Self::from_name) knows, for an error that lists them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Applies the function to every element.
    ///
    /// # Shapes
    /// - x, output: any, the same
    ///
    /// # Errors
    /// If `x` is no float tensor.
    pub fn forward(self, x: &Tensor) -> Result<Tensor> {
        if has_kernel(x) { x.contiguous()?.apply_op1(Map(self)) } else { self.composed(x) }
    }

    /// The same by candle's own operations.
    pub(crate) fn composed(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Gelu => x.gelu_erf(),
            Self::GeluTanh => {
                let (a, b) = GELU_TANH;
                x * candle_nn::ops::sigmoid(&((x * a)? + (x.powf(3.)? * b)?)?)?
            }
            // candle's ReLU has derivative 1 at 0.
            Self::Relu => x * x.gt(0.)?.to_dtype(x.dtype())?,
            Self::Silu => x * candle_nn::ops::sigmoid(x)?,
            Self::Tanh => x.tanh(),
            Self::Sigmoid => candle_nn::ops::sigmoid(x),
            Self::QuickGelu => x * candle_nn::ops::sigmoid(&(x * QUICK_GELU)?)?,
        }
    }

    /// Maps every element in place.
    #[inline(always)]
    pub(crate) fn map<T: Element>(self, xs: &mut [T]) {
        let (a, b) = gelu_tanh_factors::<T>();
        match self {
            Self::Gelu => each(xs, |x: T| x * x.normal_distribution().0),
            Self::GeluTanh => each(xs, |x: T| x * (x * (b * x).fma(x, a)).sigmoid()),
            Self::Relu => each(xs, |x: T| if x < T::zero() { T::zero() } else { x }),
            Self::Silu => each(xs, |x: T| x * x.sigmoid()),
            Self::Tanh => each(xs, |x: T| x.tanh()),
            Self::Sigmoid => each(xs, |x: T| x.sigmoid()),
            Self::QuickGelu => each(xs, |x: T| x * (T::from_f64(QUICK_GELU) * x).sigmoid()),
        }
    }

    /// Whether the derivative follows from the function's value, so that its argument need not be
    /// kept for a backward pass.
    pub(crate) fn derives_from_output(self) -> bool {
        matches!(self, Self::Relu | Self::Tanh | Self::Sigmoid)
    }

    /// Multiplies each gradient by the derivative. `kept` holds the arguments, or the values of a
    /// function that [derives from its output](Self::derives_from_output).
    #[inline(always)]
    pub(crate) fn pull_back<T: Element>(self, kept: &[T], gradients: &mut [T]) {
        let (a, b) = gelu_tanh_factors::<T>();
        let one = T::one();
        match self {
            Self::Gelu => each_pair(kept, gradients, |x: T| {
                let (distribution, density) = x.normal_distribution();
                x.fma(density, distribution)
            }),
            Self::GeluTanh => each_pair(kept, gradients, |x: T| {
                let s = (x * (b * x).fma(x, a)).sigmoid();
                let slope = (T::from_f64(3.) * b * x).fma(x, a);
                s + x * s * (one - s) * slope
            }),
            Self::Relu => {
                each_pair(kept, gradients, |y: T| if y > T::zero() { one } else { T::zero() });
            }
            Self::Silu => each_pair(kept, gradients, |x: T| {
                let s = x.sigmoid();
                s * x.fma(one - s, one)
            }),
            Self::Tanh => each_pair(kept, gradients, |y: T| one - y * y),
            Self::Sigmoid => each_pair(kept, gradients, |y: T| y * (one - y)),
            Self::QuickGelu => each_pair(kept, gradients, |x: T| {
                let scaled = T::from_f64(QUICK_GELU) * x;
                let s = scaled.sigmoid();
                s * scaled.fma(one - s, one)
            }),
        }
    }
}

#[inline(always)]
fn gelu_tanh_factors<T: Element>() -> (T, T) {
    (T::from_f64(GELU_TANH.0), T::from_f64(GELU_TANH.1))
}

#[inline(always)]
fn each<T: Element>(xs: &mut [T], f: impl Fn(T) -> T) {
    for x in xs {
        *x = f(*x);
    }
}

#[inline(always)]
fn each_pair<T: Element>(xs: &[T], gradients: &mut [T], derivative: impl Fn(T) -> T) {
    for (&x, gradient) in xs.iter().zip(gradients) {
        *gradient *= derivative(x);
    }
}

struct Map(Activation);

impl CustomOp1 for Map {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            let mut out = contiguous::<T>(self.name(), storage, layout)?.to_vec();
            out.par_chunks_mut(BLOCK).for_each(|out| {
                dispatch(
                    #[inline(always)]
                    || self.0.map(out),
                );
            });
            Ok(result(out, layout.shape().clone()))
        })
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let kept = if self.0.derives_from_output() { y } else { x };
        for_dtype!(self.name(), x.dtype(), T => {
            with_elements(self.name(), kept, |kept: &[T]| {
                let mut out = with_elements(self.name(), gradient, |g: &[T]| Ok(g.to_vec()))?;
                out.par_chunks_mut(BLOCK).zip(kept.par_chunks(BLOCK)).for_each(|(out, kept)| {
                    dispatch(
                        #[inline(always)]
                        || self.0.pull_back(kept, out),
                    );
                });
                Tensor::from_vec(out, x.shape(), x.device()).map(Some)
            })
        })
    }
}

#[cfg(test)]
mod tests;
