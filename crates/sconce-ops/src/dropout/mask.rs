//! The mask of one dropout: a function of its key and of an element's place alone.

use candle_core::{Result, bail};

use crate::element::Element;
use crate::mode::Mode;
use crate::random::Random;

/// Pairs of elements whose bits are drawn side by side.
const PAIRS: usize = 32;

/// Which elements a dropout keeps, and what it multiplies them by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mask {
    random: Random,
    /// An element is kept if its 32 random bits reach it.
    threshold: u32,
    scale: f64,
}

impl Mask {
    /// The mask of `mode`; none if nothing is dropped.
    ///
    /// # Errors
    /// If `p` is not in `[0, 1)`.
    pub(crate) fn new(op: &'static str, p: f64, mode: Mode) -> Result<Option<Self>> {
        if !(0. ..1.).contains(&p) {
            bail!("{op}: the probability must be at least 0 and below 1, got {p}");
        }
        Ok(match mode {
            Mode::Train(key) if p > 0. => Some(Self {
                random: key.random(),
                threshold: (p * (1u64 << 32) as f64) as u32,
                scale: 1. / (1. - p),
            }),
            _ => None,
        })
    }

    /// What the elements from place `first` on are multiplied by: 0, or the scale of those kept.
    /// Each draw of 64 bits serves two elements.
    #[inline(always)]
    pub(crate) fn factors<T: Element>(&self, first: usize, out: &mut [T]) {
        let (scale, threshold, random) = (T::from_f64(self.scale), self.threshold, self.random);
        let factor = |bits: u32| if bits >= threshold { scale } else { T::zero() };
        let mut out = out;
        if first % 2 == 1 {
            let Some((head, rest)) = out.split_first_mut() else { return };
            *head = factor((random.bits(first as u64 / 2) >> 32) as u32);
            out = rest;
        }
        let first = first.div_ceil(2) as u64;
        let (chunks, rest) = out.as_chunks_mut::<{ 2 * PAIRS }>();
        let at_rest = first + (chunks.len() * PAIRS) as u64;
        for (i, chunk) in chunks.iter_mut().enumerate() {
            let first = first + (i * PAIRS) as u64;
            let (mut low, mut high) = ([T::zero(); PAIRS], [T::zero(); PAIRS]);
            for pair in 0..PAIRS {
                let bits = random.bits(first + pair as u64);
                low[pair] = factor(bits as u32);
                high[pair] = factor((bits >> 32) as u32);
            }
            for pair in 0..PAIRS {
                chunk[2 * pair] = low[pair];
                chunk[2 * pair + 1] = high[pair];
            }
        }
        for (pair, out) in rest.chunks_mut(2).enumerate() {
            let bits = random.bits(at_rest + pair as u64);
            for (half, out) in out.iter_mut().enumerate() {
                *out = factor((bits >> (32 * half)) as u32);
            }
        }
    }

    /// `out = dropout(x)`, of elements from place `first` on.
    #[inline(always)]
    pub(crate) fn apply<T: Element>(&self, first: usize, x: &[T], out: &mut [T]) {
        self.factors(first, out);
        for (out, &x) in out.iter_mut().zip(x) {
            *out = kept(*out, x);
        }
    }
}

/// `factor · x`; 0 if the factor is 0, also where `x` is not finite.
#[inline(always)]
pub(crate) fn kept<T: Element>(factor: T, x: T) -> T {
    let scaled = factor * x;
    if factor == T::zero() { T::zero() } else { scaled }
}
