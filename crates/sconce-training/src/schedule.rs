//! Learning-rate schedules: pure functions of the step.

use serde::{Deserialize, Serialize};

/// How the learning rate goes after the warmup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LrSchedule {
    /// Stays.
    #[default]
    Constant,
    /// Falls along a line that reaches zero after the last step.
    Linear,
    /// Falls along half a cosine that reaches zero after the last step (Loshchilov and Hutter, 2017,
    /// arXiv:1608.03983, without restarts).
    Cosine,
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
            Self::Ratio(ratio) => {
                ((ratio * n_steps as f64).ceil() as u64).min(n_steps.saturating_sub(1))
            }
        }
    }
}

impl LrSchedule {
    /// Share of the peak learning rate at `step` (from 0) of `n_steps`, the first `n_warmup` of
    /// which warm up. Equal to the schedules of Hugging Face's `get_scheduler` at the same step.
    pub fn factor(self, step: u64, n_warmup: u64, n_steps: u64) -> f64 {
        if step < n_warmup {
            return step as f64 / n_warmup.max(1) as f64;
        }
        let left = n_steps.saturating_sub(n_warmup).max(1) as f64;
        let progress = ((step - n_warmup) as f64 / left).min(1.);
        match self {
            Self::Constant => 1.,
            Self::Linear => 1. - progress,
            Self::Cosine => 0.5 * (1. + (std::f64::consts::PI * progress).cos()),
        }
    }
}

#[cfg(test)]
mod tests;
