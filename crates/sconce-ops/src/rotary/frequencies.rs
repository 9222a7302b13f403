//! How fast each pair turns, also in texts longer than those of the training.

use std::f64::consts::TAU;

use candle_core::{Result, bail};

/// A way to use longer texts than a model was trained with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RotaryScaling {
    /// All pairs turn slower by a factor: positions in between (Chen et al., 2023,
    /// arXiv:2306.15595).
    Linear {
        /// How many times longer.
        factor: f64,
    },
    /// Slow pairs turn slower still, fast ones as before, in between a mixture (Llama 3.1;
    /// Dubey et al., 2024, arXiv:2407.21783).
    Llama3 {
        /// How many times longer.
        factor: f64,
        /// Pairs with fewer turns in the original length are slowed down.
        low_frequency_factor: f64,
        /// Pairs with more turns in the original length are left alone.
        high_frequency_factor: f64,
        /// The length of the training.
        original_max_positions: usize,
    },
    /// As the one before with a linear ramp over the pairs, and larger scores (YaRN; Peng et al.,
    /// 2023, arXiv:2309.00071).
    Yarn {
        /// How many times longer.
        factor: f64,
        /// Turns in the original length from which on a pair is left alone (32 in the paper).
        beta_fast: f64,
        /// Turns up to which a pair is slowed down by the whole factor (1 in the paper).
        beta_slow: f64,
        /// The length of the training.
        original_max_positions: usize,
        /// The base of the frequencies.
        theta: f64,
    },
}

/// `theta^(-2i / n)` for each of `n / 2` pairs.
pub(super) fn plain(n: usize, theta: f64) -> Vec<f64> {
    (0..n / 2).map(|pair| theta.powf(-2. * pair as f64 / n as f64)).collect()
}

impl RotaryScaling {
    /// The new frequencies, and the factor of sines and cosines.
    pub(super) fn apply(&self, frequencies: &[f64]) -> Result<(Vec<f64>, f64)> {
        let (Self::Linear { factor } | Self::Llama3 { factor, .. } | Self::Yarn { factor, .. }) =
            *self;
        if !(factor > 0. && factor.is_finite()) {
            bail!("rotary: a scaling factor must be positive, got {factor}");
        }
        // How much of a frequency stays as it is.
        let mix = |frequency: f64, kept: f64| frequency * (kept + (1. - kept) / factor);
        match *self {
            Self::Linear { .. } => Ok((frequencies.iter().map(|f| f / factor).collect(), 1.)),
            Self::Llama3 {
                low_frequency_factor: low,
                high_frequency_factor: high,
                original_max_positions,
                ..
            } => {
                if high <= low {
                    bail!("rotary: the high frequency factor {high} must be above the low {low}");
                }
                let kept = |frequency: f64| {
                    let turns = original_max_positions as f64 * frequency / TAU;
                    ((turns - low) / (high - low)).clamp(0., 1.)
                };
                Ok((frequencies.iter().map(|&f| mix(f, kept(f))).collect(), 1.))
            }
            Self::Yarn { beta_fast, beta_slow, original_max_positions, theta, .. } => {
                if theta <= 1. || beta_slow <= 0. || beta_fast < beta_slow {
                    bail!(
                        "rotary: YaRN needs theta above 1 and 0 < beta_slow <= beta_fast, got theta {theta}, beta_slow {beta_slow}, beta_fast {beta_fast}"
                    );
                }
                let n = 2. * frequencies.len() as f64;
                // The pair that makes so many turns in the original length.
                let pair_of = |turns: f64| {
                    let length = original_max_positions as f64;
                    n * (length / (turns * TAU)).ln() / (2. * theta.ln())
                };
                let first = pair_of(beta_fast).floor().max(0.);
                let last = pair_of(beta_slow).ceil().min(n - 1.);
                // The reference's guard against a ramp without length.
                let length = if first == last { 0.001 } else { last - first };
                let kept = |pair: usize| 1. - ((pair as f64 - first) / length).clamp(0., 1.);
                let scaled = frequencies.iter().enumerate().map(|(pair, &f)| mix(f, kept(pair)));
                let magnitude = if factor <= 1. { 1. } else { 0.1 * factor.ln() + 1. };
                Ok((scaled.collect(), magnitude))
            }
        }
    }
}
