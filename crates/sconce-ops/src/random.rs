//! Random numbers from a counter: the n-th number of a stream depends on the stream's key and on
//! n alone, so any thread may draw any of them and a mask need not be kept to be drawn again.
//!
//! The mixing function is SplitMix64's (Steele, Lea and Flood, *Fast splittable pseudorandom
//! number generators*, OOPSLA 2014).

/// The odd constant that SplitMix64 steps by: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's finalizer: a bijection of 64 bits that looks random.
#[inline(always)]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stream of random numbers that can be entered anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random {
    key: u64,
}

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { key: mix(seed.wrapping_add(GOLDEN)) }
    }

    /// A stream of its own for `part` (a step, a layer) under this one.
    #[must_use]
    pub fn fork(self, part: u64) -> Self {
        Self { key: mix(self.key ^ mix(part.wrapping_mul(GOLDEN).wrapping_add(1))) }
    }

    /// A stream of its own for a name under this one (FNV-1a of its bytes).
    #[must_use]
    pub fn fork_by_name(self, name: &str) -> Self {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        self.fork(hash)
    }

    /// The n-th 64 random bits.
    #[inline(always)]
    pub fn bits(self, n: u64) -> u64 {
        mix(self.key.wrapping_add(n.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// The n-th number of the uniform distribution over `[0, 1)`, in steps of 2^-53.
    #[inline(always)]
    pub fn uniform(self, n: u64) -> f64 {
        (self.bits(n) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The n-th number of the standard normal distribution (Box and Muller, 1958).
    pub fn normal(self, n: u64) -> f64 {
        // 1 - u lies in (0, 1], so the logarithm is finite.
        let radius = (-2. * (1. - self.uniform(2 * n)).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform(2 * n + 1)).cos()
    }
}

#[cfg(test)]
mod tests;
