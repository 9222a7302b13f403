//! Which weights are dropped: a function of the key of the pass, the head, the query's token and the
//! key's place alone, so it does not matter who asks, when, and in which tiles.

use super::tile::{LANES, Lanes};
use crate::element::Element;
use crate::random::Random;

const HALF: usize = LANES / 2;

/// Dropout of attention weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropped {
    random: Random,
    /// A weight is kept if its 32 random bits reach this.
    threshold: u32,
    scale: f64,
}

impl Dropped {
    pub(super) fn new(random: Random, p: f64) -> Self {
        Self { random, threshold: (p * (1u64 << 32) as f64) as u32, scale: 1. / (1. - p) }
    }

    /// The factors, 0 or `1 / (1 - p)`, of the weights of [`LANES`] keys from `key` on, which is a
    /// multiple of that. `row` numbers the query over all heads and tokens.
    #[inline(always)]
    pub(super) fn factors<T: Element>(self, row: usize, key: usize) -> Lanes<T> {
        // Each draw of 64 bits serves two keys: its lower half the first keys, its upper half the
        // last.
        let first = ((row as u64) << 32) | (key / 2) as u64;
        let (kept, dropped) = (T::from_f64(self.scale), T::zero());
        let mut factors = [dropped; LANES];
        for lane in 0..HALF {
            let bits = self.random.bits(first + lane as u64);
            factors[lane] = if bits as u32 >= self.threshold { kept } else { dropped };
            factors[lane + HALF] =
                if (bits >> 32) as u32 >= self.threshold { kept } else { dropped };
        }
        factors
    }
}
