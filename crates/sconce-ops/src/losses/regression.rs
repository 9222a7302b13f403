//! Losses of the difference of two numbers.

use candle_core::{Result, Tensor, bail};

use super::pointwise::{Loss, Pointwise, apply};
use crate::element::Element;
use crate::reduction::Reduction;

/// Mean squared error, `mean((x - y)²)`.
///
/// # Shapes
/// - x, y: any, the same
/// - output: a scalar
///
/// # Errors
/// If the shapes or types differ.
pub fn mean_squared_error(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    squared_error(x, y, Reduction::Mean)
}

/// Squared error, `(x - y)²`; its mean is over all elements.
///
/// # Shapes
/// - x, y: any, the same
/// - output: a scalar, or as x for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types differ.
pub fn squared_error(x: &Tensor, y: &Tensor, reduction: Reduction) -> Result<Tensor> {
    apply(Squared, x, y, None, reduction)
}

/// Huber's loss: `(x - y)² / 2` up to a distance of `delta`, from there on
/// `delta · (|x - y| - delta / 2)`; its mean is over all elements.
///
/// # Shapes
/// - x, y: any, the same
/// - output: a scalar, or as x for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types differ, or `delta` is not above 0.
pub fn huber(x: &Tensor, y: &Tensor, delta: f64, reduction: Reduction) -> Result<Tensor> {
    if delta.is_nan() || delta <= 0. {
        bail!("huber: delta must be above 0, got {delta}");
    }
    apply(Huber::new(1., delta), x, y, None, reduction)
}

/// Huber's loss over `beta`: `(x - y)² / (2 · beta)` up to a distance of `beta`, from there on
/// `|x - y| - beta / 2`; its mean is over all elements.
///
/// # Shapes
/// - x, y: any, the same
/// - output: a scalar, or as x for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types differ, or `beta` is not above 0.
pub fn smooth_l1(x: &Tensor, y: &Tensor, beta: f64, reduction: Reduction) -> Result<Tensor> {
    if beta.is_nan() || beta <= 0. {
        bail!("smooth_l1: beta must be above 0, got {beta}");
    }
    apply(Huber::new(1. / beta, 1.), x, y, None, reduction)
}

#[derive(Clone, Copy)]
pub(super) struct Squared;

impl<T: Element> Pointwise<T> for Squared {
    #[inline(always)]
    fn loss(&self, x: T, y: T, _: [T; 2]) -> T {
        (x - y) * (x - y)
    }

    #[inline(always)]
    fn dx(&self, x: T, y: T, _: [T; 2]) -> T {
        (x - y) + (x - y)
    }

    #[inline(always)]
    fn dy(&self, x: T, y: T, _: [T; 2]) -> T {
        (y - x) + (y - x)
    }
}

impl Loss for Squared {
    const NAME: &'static str = "squared_error";

    fn composed(&self, x: &Tensor, y: &Tensor, _: Option<&[Tensor; 2]>) -> Result<Tensor> {
        (x - y)?.sqr()
    }
}

/// With `c = slope · (x - y)`, cut off at `bound` both ways: the loss is `c · (x - y - c / (2 ·
/// slope))` and its derivative by x is `c`.
#[derive(Clone, Copy)]
pub(super) struct Huber {
    slope: f64,
    bound: f64,
}

impl Huber {
    pub(super) fn new(slope: f64, bound: f64) -> Self {
        Self { slope, bound }
    }

    #[inline(always)]
    fn derivative<T: Element>(&self, x: T, y: T) -> T {
        let (slope, bound) = (T::from_f64(self.slope), T::from_f64(self.bound));
        let c = slope * (x - y);
        // Comparisons that are false of what is not a number, so that it goes through.
        let c = if c > bound { bound } else { c };
        if c < T::zero() - bound { T::zero() - bound } else { c }
    }
}

impl<T: Element> Pointwise<T> for Huber {
    #[inline(always)]
    fn loss(&self, x: T, y: T, _: [T; 2]) -> T {
        let c = self.derivative(x, y);
        c * (x - y - T::from_f64(0.5 / self.slope) * c)
    }

    #[inline(always)]
    fn dx(&self, x: T, y: T, _: [T; 2]) -> T {
        self.derivative(x, y)
    }

    #[inline(always)]
    fn dy(&self, x: T, y: T, _: [T; 2]) -> T {
        T::zero() - self.derivative(x, y)
    }
}

impl Loss for Huber {
    const NAME: &'static str = "huber";

    fn composed(&self, x: &Tensor, y: &Tensor, _: Option<&[Tensor; 2]>) -> Result<Tensor> {
        let difference = (x - y)?;
        // As a constant its product with the difference has the right gradient on both sides of
        // the bound.
        let c = (difference.detach() * self.slope)?.clamp(-self.bound, self.bound)?;
        &c * (difference - (&c * (0.5 / self.slope))?)?
    }
}
