//! Learning-rate schedules: pure functions of the step, with the values of Hugging Face's
//! `get_scheduler`.
//!
//! As text, a schedule is its name and what differs from its defaults:
//! `cosine-with-restarts:cycles=3`. So it stands on a command line, in a file and in a manifest.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

mod text;

/// How the learning rate goes after the warmup, as a share of its peak.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum LrSchedule {
    /// `constant`: stays.
    #[default]
    Constant,
    /// `linear`: falls along a line that reaches zero after the last step.
    Linear,
    /// `cosine`: falls along half a cosine that reaches zero after the last step (Loshchilov and
    /// Hutter, 2017, arXiv:1608.03983, without restarts).
    Cosine,
    /// `cosine-with-restarts`: several such halves one after the other.
    CosineWithRestarts {
        /// How many.
        cycles: u64,
    },
    /// `cosine-with-min-lr`: falls along half a cosine, but not to zero.
    CosineWithMinLr {
        /// Where it ends.
        min: f64,
    },
    /// `polynomial`: falls as a power of the steps that are left.
    Polynomial {
        /// The power; a line with 1.
        power: f64,
        /// Where it ends.
        end: f64,
    },
    /// `inverse-sqrt`: falls as `1 / √t`, whatever the number of steps (Vaswani et al., 2017,
    /// arXiv:1706.03762).
    InverseSqrt {
        /// Steps after which half the peak's square is left; without, those of the warmup, or
        /// 10,000 if there is none.
        timescale: Option<u64>,
    },
    /// `warmup-stable-decay`: stays, and falls in the last steps (Hu et al., 2024,
    /// arXiv:2404.06395).
    WarmupStableDecay {
        /// Share of all steps in which it falls, rounded up.
        decay: f64,
        /// Along which curve.
        shape: DecayShape,
        /// Where it ends; also where the warmup begins.
        min: f64,
    },
    /// `slanted-triangular`: the warmup and the fall that follows it both begin or end at a small
    /// rate instead of zero (Howard and Ruder, 2018, arXiv:1801.06146, who warm up a tenth of all
    /// steps).
    SlantedTriangular {
        /// How many times as large the peak is.
        ratio: f64,
    },
}

/// A curve from 1 to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecayShape {
    /// Half a cosine.
    #[default]
    Cosine,
    /// A line.
    Linear,
    /// `1 - √p` (Hägele et al., 2024, arXiv:2405.18392).
    OneMinusSqrt,
}

impl DecayShape {
    fn at(self, progress: f64) -> f64 {
        match self {
            Self::Cosine => half_cosine(progress),
            Self::Linear => 1. - progress,
            Self::OneMinusSqrt => 1. - progress.sqrt(),
        }
    }
}

/// Steps over which the learning rate rises along a line to its peak.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Warmup {
    /// So many steps.
    Steps(u64),
    /// This share of all steps, rounded up, but never all of them.
    Ratio(f64),
}

impl Warmup {
    /// Steps of a run of `n_steps`.
    pub fn steps(self, n_steps: u64) -> u64 {
        match self {
            Self::Steps(steps) => steps,
            Self::Ratio(ratio) => share_of(n_steps, ratio).min(n_steps.saturating_sub(1)),
        }
    }
}

impl LrSchedule {
    /// Share of the peak learning rate at `step` (from 0) of `n_steps`, the first `n_warmup` of
    /// which warm up. Equal to the schedules of Hugging Face's `get_scheduler` at the same step.
    pub fn factor(self, step: u64, n_warmup: u64, n_steps: u64) -> f64 {
        if step < n_warmup {
            let (from, progress) = (self.start(), step as f64 / n_warmup.max(1) as f64);
            return from + (1. - from) * progress;
        }
        let (after, n_after) = (step - n_warmup, n_steps.saturating_sub(n_warmup).max(1));
        let progress = (after as f64 / n_after as f64).min(1.);
        match self {
            Self::Constant => 1.,
            Self::Linear => 1. - progress,
            Self::Cosine => half_cosine(progress),
            Self::CosineWithRestarts { .. } if progress >= 1. => 0.,
            Self::CosineWithRestarts { cycles } => half_cosine((cycles as f64 * progress).fract()),
            Self::CosineWithMinLr { min } => min + (1. - min) * half_cosine(progress),
            Self::Polynomial { power, end } => end + (1. - end) * (1. - progress).powf(power),
            Self::InverseSqrt { timescale } => {
                let default = if n_warmup > 0 { n_warmup } else { 10_000 };
                let timescale = timescale.unwrap_or(default).max(1) as f64;
                1. / (1. + after as f64 / timescale).sqrt()
            }
            Self::WarmupStableDecay { decay, shape, min } => {
                let n_decay = share_of(n_steps, decay).min(n_after);
                let decayed = (step + n_decay).saturating_sub(n_steps);
                let progress = (decayed as f64 / n_decay.max(1) as f64).min(1.);
                min + (1. - min) * shape.at(progress)
            }
            Self::SlantedTriangular { ratio } => 1. - progress + progress / ratio,
        }
    }

    /// Where the warmup begins.
    fn start(self) -> f64 {
        match self {
            Self::WarmupStableDecay { min, .. } => min,
            Self::SlantedTriangular { ratio } => 1. / ratio,
            _ => 0.,
        }
    }
}

fn half_cosine(progress: f64) -> f64 {
    0.5 * (1. + (PI * progress).cos())
}

/// A share of all steps, rounded up; the share's last binary digits do not add a step.
fn share_of(n_steps: u64, share: f64) -> u64 {
    (share * n_steps as f64 - 1e-9).ceil().max(0.) as u64
}

#[cfg(test)]
mod tests;
