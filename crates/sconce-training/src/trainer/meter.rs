//! Sums over some steps.

use std::time::Duration;

/// Sums over some steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter {
    loss: f64,
    weight: f64,
    gradient_norm: f64,
    n_examples: usize,
    pub(super) n_steps: u64,
    pub(super) time: Duration,
}

impl Meter {
    /// One step, whose mean loss is over this weight.
    pub(super) fn add(&mut self, step: &Measured, time: Duration) {
        self.loss += step.loss * step.weight;
        self.weight += step.weight;
        self.gradient_norm += step.gradient_norm;
        self.n_examples += step.n_examples;
        self.n_steps += 1;
        self.time += time;
    }

    pub(super) fn loss(&self) -> f64 {
        if self.weight > 0. { self.loss / self.weight } else { 0. }
    }

    pub(super) fn gradient_norm(&self) -> f64 {
        self.gradient_norm / self.n_steps.max(1) as f64
    }

    pub(super) fn examples_per_second(&self) -> f64 {
        self.n_examples as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// What one step was like.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    pub(super) loss: f64,
    pub(super) weight: f64,
    pub(super) gradient_norm: f64,
    pub(super) learning_rate: f64,
    pub(super) n_examples: usize,
}
