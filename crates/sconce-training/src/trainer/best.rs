//! Keeps the weights of the best epoch.

use candle_core::Tensor;
use sconce_ops::ParamStore;

use crate::error::{Error, Result};
use crate::task::Evaluation;

/// The best epoch so far, and its weights.
#[derive(Default)]
pub(super) struct Best {
    kept: Option<(u64, f64, Vec<Tensor>)>,
    epochs_since: u64,
}

impl Best {
    /// Takes an epoch's weights if its metric is better than every one before; says whether.
    pub(super) fn consider(
        &mut self,
        epoch: u64,
        evaluation: &Evaluation,
        metric: &str,
        store: &ParamStore,
    ) -> Result<bool> {
        let Some(&value) = evaluation.get(metric) else {
            let known = evaluation.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(Error::UnknownMetric { name: metric.into(), known });
        };
        let value = if metric.ends_with("loss") { -value } else { value };
        let is_better = self.kept.as_ref().is_none_or(|(_, best, _)| value > *best);
        if is_better {
            self.kept = Some((epoch, value, store.snapshot()?));
            self.epochs_since = 0;
        } else {
            self.epochs_since += 1;
        }
        Ok(is_better)
    }

    pub(super) fn is_exhausted(&self, patience: Option<u64>) -> bool {
        patience.is_some_and(|patience| self.kept.is_some() && self.epochs_since >= patience)
    }

    pub(super) fn epoch(&self) -> Option<u64> {
        self.kept.as_ref().map(|(epoch, ..)| *epoch)
    }

    /// Puts the best weights back, if any evaluation took place.
    pub(super) fn restore(&self, store: &ParamStore) -> Result<()> {
        match &self.kept {
            Some((.., weights)) => Ok(store.restore(weights)?),
            None => Ok(()),
        }
    }
}
