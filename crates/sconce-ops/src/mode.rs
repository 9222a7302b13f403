//! Whether a forward pass trains or evaluates.

use crate::random::Random;

/// Names one dropout mask: which run, which optimizer step, which layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropoutKey {
    /// Seed of the run.
    pub seed: u64,
    /// Optimizer step, so that each step drops other elements.
    pub step: u64,
    /// Layer, so that two layers of one step drop other elements.
    pub layer: u64,
}

impl DropoutKey {
    /// The random stream that this key names.
    pub(crate) fn random(self) -> Random {
        Random::new(self.seed).fork(self.step).fork(self.layer)
    }
}

/// Whether a forward pass trains (dropout is on, with masks named by a [`DropoutKey`]) or
/// evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is dropped; the result depends on weights and input alone.
    Eval,
    /// Dropout is on; the same key gives the same masks on any device and number of threads.
    Train(DropoutKey),
}

impl Mode {
    /// Training mode of one step of a run.
    pub fn train(seed: u64, step: u64) -> Self {
        Self::Train(DropoutKey { seed, step, layer: 0 })
    }

    /// This mode inside a layer; nested layers get keys of their own
    /// (`mode.layer(1).layer(2)` differs from `mode.layer(2).layer(1)`).
    #[must_use]
    pub fn layer(self, layer: u64) -> Self {
        match self {
            Self::Eval => Self::Eval,
            Self::Train(key) => {
                let layer = Random::new(key.layer).fork(layer).bits(0);
                Self::Train(DropoutKey { layer, ..key })
            }
        }
    }
}
