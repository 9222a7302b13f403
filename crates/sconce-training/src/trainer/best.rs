//! Keeps the best weights that were evaluated.

use candle_core::Tensor;
use sconce_ops::{Buffer, Param, ParamStore};
use sconce_text_pipeline::nearest;

use crate::error::{Error, Result};
use crate::task::{Evaluation, is_smaller_better};

/// The best evaluation so far, and the weights it was of.
#[derive(Default)]
pub(super) struct Best {
    kept: Option<Kept>,
    evaluations_since: u64,
}

struct Kept {
    value: f64,
    at: Moment,
    /// Of what was trainable: the rest does not change.
    params: Vec<(Param, Tensor)>,
    buffers: Vec<(Buffer, Tensor)>,
}

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) epoch: u64,
    pub(super) step: u64,
}

impl Best {
    /// Takes the weights if their metric is better than every one before; says whether.
    pub(super) fn consider(
        &mut self,
        at: Moment,
        evaluation: &Evaluation,
        metric: &str,
        store: &ParamStore,
    ) -> Result<bool> {
        let Some(&value) = evaluation.get(metric) else { return Err(unknown(metric, evaluation)) };
        let value = if is_smaller_better(metric) { -value } else { value };
        let is_better = self.kept.as_ref().is_none_or(|kept| value > kept.value);
        if is_better {
            // The old weights make room for the new ones.
            self.kept = None;
            self.kept = Some(Kept::new(value, at, store)?);
            self.evaluations_since = 0;
        } else {
            self.evaluations_since += 1;
        }
        Ok(is_better)
    }

    pub(super) fn is_exhausted(&self, patience: Option<u64>) -> bool {
        patience.is_some_and(|patience| self.kept.is_some() && self.evaluations_since >= patience)
    }

    /// When the best weights were evaluated, if any were.
    pub(super) fn at(&self) -> Option<Moment> {
        self.kept.as_ref().map(|kept| kept.at)
    }

    /// Puts the best weights back, if any were evaluated.
    pub(super) fn restore(&self) -> Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        for (param, values) in &kept.params {
            param.var().set(values)?;
        }
        for (buffer, values) in &kept.buffers {
            buffer.set(values)?;
        }
        Ok(())
    }
}

impl Kept {
    fn new(value: f64, at: Moment, store: &ParamStore) -> Result<Self> {
        let copy = |param: Param| {
            let values = param.var().as_detached_tensor().copy()?;
            Ok((param, values))
        };
        let params = store.params().into_iter().filter(Param::is_trainable).map(copy);
        let params = params.collect::<Result<_>>()?;
        // A buffer's tensor is never written, so it need not be copied.
        let with_values = |buffer: Buffer| {
            let values = buffer.tensor();
            (buffer, values)
        };
        Ok(Self {
            value,
            at,
            params,
            buffers: store.buffers().into_iter().map(with_values).collect(),
        })
    }
}

fn unknown(metric: &str, evaluation: &Evaluation) -> Error {
    let near = nearest(metric, evaluation.keys().map(String::as_str));
    let hint = near.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default();
    let known = evaluation.keys().cloned().collect::<Vec<_>>().join(", ");
    Error::UnknownMetric { name: metric.into(), hint, known }
}
