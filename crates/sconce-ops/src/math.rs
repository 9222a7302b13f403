//! Elementary functions that vectorize: branch-free bodies for `f32`, within a few units in the last
//! place; the standard library's (slower, exact to rounding) for `f64`.
//!
//! Inside [`dispatch`](crate::simd::dispatch) a loop over these becomes vector instructions. A
//! processor without fused multiplication and addition gets the same bits from a slower routine.

/// Functions of one number that kernels are written with.
pub(crate) trait Math: Copy {
    /// `self * factor + addend`, rounded once.
    fn fma(self, factor: Self, addend: Self) -> Self;
    /// `eˣ`; 0 below the smallest normal number, so `-∞` gives exactly 0.
    fn exp(self) -> Self;
    /// Natural logarithm. Not vectorized.
    fn ln(self) -> Self;
    /// `ln(1 + x)`. Not vectorized.
    fn ln_1p(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `Φ(x)` and `φ(x)`: the standard normal distribution and its density, which share their
    /// exponential.
    fn normal_distribution(self) -> (Self, Self);
    /// `1 / (1 + e⁻ˣ)`.
    fn sigmoid(self) -> Self;
    /// The larger; `self` if `other` is not a number.
    fn larger(self, other: Self) -> Self;
    /// Absolute value.
    fn magnitude(self) -> Self;
    /// Whether it is not a number.
    fn is_nan(self) -> bool;
    /// `-∞`.
    const NEG_INFINITY: Self;
}

/// Adding and subtracting it rounds a small `f32` to an integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.; // 1.5 · 2^23

impl Math for f32 {
    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        self.mul_add(factor, addend)
    }

    /// `2ⁿ eʳ` with `|r| <= ln 2 / 2` and the Taylor polynomial of degree 7, whose remainder there is
    /// below 1e-8.
    #[inline(always)]
    fn exp(self) -> Self {
        const LOWEST: f32 = -87.336_54;
        const HIGHEST: f32 = 88.722_83;
        // ln 2 in two parts: `n · HIGH` is exact.
        const LN2_HIGH: f32 = 0.693_359_4;
        const LN2_LOW: f32 = -2.121_944_4e-4;
        // Comparisons that are false of NaN, so that it goes through.
        let x = if self < LOWEST { LOWEST } else { self };
        let x = if x > HIGHEST { HIGHEST } else { x };
        let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
        let mut p = 1. / 5040.;
        for coefficient in [1. / 720., 1. / 120., 1. / 24., 1. / 6., 0.5, 1., 1.] {
            p = r.mul_add(p, coefficient);
        }
        // 2ⁿ in two factors, since n = 128 has no `f32` of its own.
        let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
        let half = exponent >> 1;
        let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
        let value = p * power(half) * power(exponent.wrapping_sub(half));
        let value = if self < LOWEST { 0. } else { value };
        if self > HIGHEST { f32::INFINITY } else { value }
    }

    fn ln(self) -> Self {
        self.ln()
    }

    fn ln_1p(self) -> Self {
        self.ln_1p()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    /// `(e²ˣ - 1) / (e²ˣ + 1)`; near zero, where that cancels, the beginning of the continued
    /// fraction `x / (1 + x² / (3 + x² / (5 + ...)))`. One division for both.
    #[inline(always)]
    fn tanh(self) -> Self {
        // Beyond this it is 1, and the exponential must stay finite. Lets NaN through.
        const LARGEST: f32 = 10.;
        let x = if self > LARGEST { LARGEST } else { self };
        let square = x * x;
        let near = x * square.mul_add(square.mul_add(square + 378., 17_325.), 135_135.);
        let near_divisor =
            square.mul_add(square.mul_add(square.mul_add(28., 3_150.), 62_370.), 135_135.);
        let e = Math::exp(2. * x);
        let is_near = square < 1.;
        (if is_near { near } else { e - 1. }) / (if is_near { near_divisor } else { e + 1. })
    }

    /// Abramowitz and Stegun, *Handbook of mathematical functions*, 26.2.17: off by at most 7.5e-8,
    /// about the distance of neighbouring `f32` at 1.
    #[inline(always)]
    fn normal_distribution(self) -> (Self, Self) {
        const PER_ROOT_TAU: f32 = 0.398_942_3;
        let density = PER_ROOT_TAU * Math::exp(-0.5 * self * self);
        let magnitude = self.abs();
        let t = 1. / magnitude.mul_add(0.231_641_9, 1.);
        let mut p = 1.330_274_4_f32;
        for coefficient in [-1.821_256, 1.781_477_9, -0.356_563_78, 0.319_381_54] {
            p = t.mul_add(p, coefficient);
        }
        let tail = density * t * p;
        (if self < 0. { tail } else { 1. - tail }, density)
    }

    #[inline(always)]
    fn sigmoid(self) -> Self {
        1. / (1. + Math::exp(-self))
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn is_nan(self) -> bool {
        self.is_nan()
    }

    const NEG_INFINITY: Self = f32::NEG_INFINITY;
}

impl Math for f64 {
    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        self.mul_add(factor, addend)
    }

    fn exp(self) -> Self {
        self.exp()
    }

    fn ln(self) -> Self {
        self.ln()
    }

    fn ln_1p(self) -> Self {
        self.ln_1p()
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn tanh(self) -> Self {
        self.tanh()
    }

    fn normal_distribution(self) -> (Self, Self) {
        // The complement keeps its digits where the distribution is small.
        let distribution = 0.5 * candle_core::cpu::erf::erfc_f64(-self / std::f64::consts::SQRT_2);
        (distribution, (-0.5 * self * self).exp() / std::f64::consts::TAU.sqrt())
    }

    fn sigmoid(self) -> Self {
        1. / (1. + (-self).exp())
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn is_nan(self) -> bool {
        self.is_nan()
    }

    const NEG_INFINITY: Self = f64::NEG_INFINITY;
}

#[cfg(test)]
mod tests;
