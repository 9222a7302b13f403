//! What the rules of optimizers calculate with: one `f32` of a kernel, or a whole tensor. A rule is
//! written once and serves as both the kernel's body and its composition of candle's operations.

use std::ops::{Add, Div, Mul, Sub};
use std::sync::Arc;

use candle_core::{DType, Error, Result, Tensor};

/// A number, or a tensor of numbers.
pub(super) trait Number:
    Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// `self · factor`.
    fn times(self, factor: f64) -> Self;
    /// `self + addend`.
    fn plus(self, addend: f64) -> Self;
    fn sqrt(self) -> Self;
    /// The larger one.
    fn larger(self, other: Self) -> Self;
    /// -1, 0 or 1.
    fn sign(self) -> Self;
}

impl Number for f32 {
    #[inline(always)]
    fn times(self, factor: f64) -> Self {
        self * factor as f32
    }

    #[inline(always)]
    fn plus(self, addend: f64) -> Self {
        self + addend as f32
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn sign(self) -> Self {
        let positive = if self > 0. { 1. } else { 0. };
        if self < 0. { -1. } else { positive }
    }
}

/// A tensor, or the first error on the way to it.
#[derive(Clone)]
pub(super) struct Composed(std::result::Result<Tensor, Arc<Error>>);

impl Composed {
    pub(super) fn into_tensor(self) -> Result<Tensor> {
        self.0.map_err(Error::msg)
    }

    fn map(self, body: impl FnOnce(&Tensor) -> Result<Tensor>) -> Self {
        Self(self.0.and_then(|tensor| body(&tensor).map_err(Arc::new)))
    }

    fn join(self, other: Self, body: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>) -> Self {
        match other.0 {
            Ok(other) => self.map(|tensor| body(tensor, &other)),
            Err(error) => Self(self.0.and(Err(error))),
        }
    }
}

impl From<&Tensor> for Composed {
    fn from(tensor: &Tensor) -> Self {
        Self(Ok(tensor.clone()))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl $trait for Composed {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.join(other, |a, b| $trait::$method(a, b))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl Number for Composed {
    fn times(self, factor: f64) -> Self {
        self.map(|tensor| tensor * factor)
    }

    fn plus(self, addend: f64) -> Self {
        self.map(|tensor| tensor + addend)
    }

    fn sqrt(self) -> Self {
        self.map(Tensor::sqrt)
    }

    fn larger(self, other: Self) -> Self {
        self.join(other, |a, b| a.maximum(b))
    }

    fn sign(self) -> Self {
        self.map(Tensor::sign)
    }
}

/// Sum of squares of a tensor on any device, at least in single precision.
pub(super) fn square_norm(tensor: &Tensor) -> Result<f64> {
    if tensor.dtype() == DType::F64 {
        return tensor.sqr()?.sum_all()?.to_scalar();
    }
    Ok(f64::from(tensor.to_dtype(DType::F32)?.sqr()?.sum_all()?.to_scalar::<f32>()?))
}
