//! Binary cross-entropy of logits.

use candle_core::{Result, Tensor, bail};

use super::expect_constant;
use super::pointwise::{Loss, Pointwise, apply};
use crate::element::Element;
use crate::math::Math;
use crate::reduction::Reduction;

/// Binary cross-entropy of logits against targets from 0 to 1, finite for logits of any size:
/// `weight · (pos_weight · t · softplus(-x) + (1 - t) · softplus(x))`, where
/// `softplus(x) = ln(1 + exp(x))`; its mean is over all elements.
///
/// # Shapes
/// - logits, targets: any, the same
/// - pos_weight (of positive targets), weight (of elements): any that broadcast to that, such as
///   `(n_labels,)`; constants, 1 without
/// - output: a scalar, or as logits for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types do not fit, or a weight is tracked.
pub fn bce_with_logits(
    logits: &Tensor,
    targets: &Tensor,
    pos_weight: Option<&Tensor>,
    weight: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    let full = |name: &str, factor: Option<&Tensor>| {
        let Some(factor) = factor else { return logits.detach().ones_like() };
        expect_constant(BceWithLogits::NAME, name, factor)?;
        match factor.broadcast_as(logits.shape()) {
            Ok(factor) if factor.dtype() == logits.dtype() => factor.contiguous(),
            _ => bail!(
                "{}: {name} {:?} in {:?} for logits {:?} in {:?}",
                BceWithLogits::NAME,
                factor.shape(),
                factor.dtype(),
                logits.shape(),
                logits.dtype()
            ),
        }
    };
    let factors = if pos_weight.is_some() || weight.is_some() {
        Some([full("pos_weight", pos_weight)?, full("weight", weight)?])
    } else {
        None
    };
    apply(BceWithLogits, logits, targets, factors, reduction)
}

#[derive(Clone, Copy)]
pub(super) struct BceWithLogits;

/// A function that the loss needs fast in `f32` and exact in `f64`.
pub(super) trait Softplus: Element {
    /// `ln(1 + eˣ)` of any x.
    fn softplus(self) -> Self;
}

impl Softplus for f32 {
    /// `max(x, 0) + ln(1 + e)` with `e = exp(-|x|)` at most 1, where `ln(1 + e)` is the series of
    /// `2 artanh(e / (2 + e))`, its argument at most 1/3: the first term left out is below 2e-9.
    #[inline(always)]
    fn softplus(self) -> Self {
        let e = Math::exp(-self.magnitude());
        let s = e / (2. + e);
        let square = s * s;
        let mut p = 1. / 17f32;
        for coefficient in [15f32, 13., 11., 9., 7., 5., 3., 1.] {
            p = square.mul_add(p, 1. / coefficient);
        }
        let positive = if self < 0. { 0. } else { self };
        (2. * s).mul_add(p, positive)
    }
}

impl Softplus for f64 {
    #[inline(always)]
    fn softplus(self) -> Self {
        // `max` would turn what is not a number into 0.
        let positive = if self < 0. { 0. } else { self };
        positive + Math::ln_1p(Math::exp(-self.magnitude()))
    }
}

impl<T: Softplus> Pointwise<T> for BceWithLogits {
    #[inline(always)]
    fn loss(&self, x: T, t: T, [pos_weight, weight]: [T; 2]) -> T {
        // softplus(x) = x + softplus(-x)
        let slope = (T::one() - t) + pos_weight * t;
        weight * slope.fma((T::zero() - x).softplus(), (T::one() - t) * x)
    }

    #[inline(always)]
    fn dx(&self, x: T, t: T, [pos_weight, weight]: [T; 2]) -> T {
        let slope = (T::one() - t) + pos_weight * t;
        weight * ((T::one() - t) - slope * (T::zero() - x).sigmoid())
    }

    #[inline(always)]
    fn dy(&self, x: T, _: T, [pos_weight, weight]: [T; 2]) -> T {
        weight * ((pos_weight - T::one()) * (T::zero() - x).softplus() - x)
    }
}

impl Loss for BceWithLogits {
    const NAME: &'static str = "bce_with_logits";

    fn composed(&self, x: &Tensor, t: &Tensor, factors: Option<&[Tensor; 2]>) -> Result<Tensor> {
        // Whatever is subtracted, the gradient is right: it does not hang on the kink at 0.
        let largest = x.detach().neg()?.relu()?;
        let sum = (largest.neg()?.exp()? + (x.neg()? - &largest)?.exp()?)?;
        let softplus = (sum.log()? + &largest)?;
        let negative = (1. - t)?;
        let slope = match factors {
            Some([pos_weight, _]) => (&negative + (t * pos_weight)?)?,
            None => (&negative + t)?,
        };
        let loss = ((slope * softplus)? + (negative * x)?)?;
        match factors {
            Some([_, weight]) => loss * weight,
            None => Ok(loss),
        }
    }
}
