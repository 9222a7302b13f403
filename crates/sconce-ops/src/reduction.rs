//! How the losses of a batch become the loss.

use candle_core::{CpuStorage, Result, Shape, Tensor};

use crate::element::{Element, result};

/// How the losses of the elements or rows of a batch become the loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reduction {
    /// Their mean, a scalar; each loss says what it divides by. The mean of nothing is 0.
    #[default]
    Mean,
    /// Their sum, a scalar.
    Sum,
    /// Nothing is reduced: each loss by itself.
    None,
}

impl Reduction {
    /// What a sum of losses is multiplied by, where their mean divides by `count`.
    pub(crate) fn scale(self, count: f64) -> f64 {
        match self {
            Self::Mean if count > 0. => 1. / count,
            Self::Mean => 0.,
            Self::Sum | Self::None => 1.,
        }
    }

    /// The losses of rows, reduced or in the shape of the rows.
    pub(crate) fn of_rows<T: Element>(
        self,
        losses: &[f64],
        count: f64,
        rows: &[usize],
    ) -> (CpuStorage, Shape) {
        if self == Self::None {
            result(losses.iter().map(|&loss| T::from_f64(loss)).collect(), rows)
        } else {
            let loss = losses.iter().sum::<f64>() * self.scale(count);
            result(vec![T::from_f64(loss)], ())
        }
    }

    /// The gradient of each row's loss, from that of the result.
    pub(crate) fn gradient_of_rows<T: Element>(
        self,
        upstream: &[T],
        count: f64,
        n_rows: usize,
    ) -> Vec<f64> {
        match (self, upstream.first()) {
            (Self::None, _) => upstream.iter().map(|g| g.to_f64()).collect(),
            (_, Some(g)) => vec![g.to_f64() * self.scale(count); n_rows],
            (_, None) => vec![0.; n_rows],
        }
    }

    /// The same by candle's own operations.
    pub(crate) fn composed(self, losses: &Tensor, count: f64) -> Result<Tensor> {
        match self {
            Self::None => Ok(losses.clone()),
            Self::Sum | Self::Mean => losses.sum_all()? * self.scale(count),
        }
    }
}
