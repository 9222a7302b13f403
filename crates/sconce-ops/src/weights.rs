//! Any number of weights for one operation.
//!
//! candle gives an operation at most three inputs. A [`WeightList`] keeps the weights beside them
//! and is *one* input: if all gradients go straight to a store, a weight that stands for all (so
//! that candle records the operation); else the weights joined to one flat tensor, which candle
//! takes apart again in the backward pass.

use candle_core::{Result, Tensor};

use crate::element::host_tensor;
use crate::param_store::{Slot, Weight};

/// The weights of one call of an operation.
pub(crate) struct WeightList {
    held: Vec<Held>,
    argument: Tensor,
    is_flat: bool,
}

struct Held {
    /// Contiguous and detached.
    tensor: Tensor,
    is_tracked: bool,
    slot: Option<Slot>,
}

impl WeightList {
    /// Takes the weights in the order in which [`gradients`](Self::gradients) are given.
    pub(crate) fn new(weights: &[&Weight]) -> Result<Self> {
        let held: Vec<Held> = weights
            .iter()
            .map(|weight| {
                Ok(Held {
                    tensor: weight.tensor().detach().contiguous()?,
                    is_tracked: weight.tensor().track_op(),
                    slot: weight.slot(),
                })
            })
            .collect::<Result<_>>()?;
        let is_flat = held.iter().any(|weight| weight.is_tracked && weight.slot.is_none());
        let argument = if is_flat {
            let flat = weights.iter().map(|weight| weight.tensor().flatten_all());
            Tensor::cat(&flat.collect::<Result<Vec<_>>>()?, 0)?
        } else {
            let tracked = weights.iter().find(|weight| weight.tensor().track_op());
            match tracked.or(weights.first()) {
                Some(weight) => weight.tensor().clone(),
                None => host_tensor(vec![0f32], 1)?,
            }
        };
        Ok(Self { held, argument, is_flat })
    }

    /// What candle gets as the operation's last input.
    pub(crate) fn argument(&self) -> &Tensor {
        &self.argument
    }

    /// The values of one weight: contiguous, not tracked.
    pub(crate) fn tensor(&self, index: usize) -> &Tensor {
        &self.held[index].tensor
    }

    /// Whether one weight wants a gradient.
    pub(crate) fn is_tracked(&self, index: usize) -> bool {
        self.held[index].is_tracked
    }

    /// Whether any weight wants a gradient.
    pub(crate) fn any_tracked(&self) -> bool {
        self.held.iter().any(|weight| weight.is_tracked)
    }

    /// Hands out the gradients, one for each weight (of its shape; `None` counts as zeros), and
    /// gives what the operation returns to candle as the gradient of
    /// [`argument`](Self::argument).
    pub(crate) fn gradients(&self, gradients: Vec<Option<Tensor>>) -> Result<Option<Tensor>> {
        debug_assert_eq!(gradients.len(), self.held.len());
        if !self.is_flat {
            for (weight, gradient) in self.held.iter().zip(gradients) {
                if let (Some(slot), Some(gradient), true) =
                    (&weight.slot, gradient, weight.is_tracked)
                {
                    slot.deposit(crate::gradients::Gradient::Dense(gradient));
                }
            }
            return Ok(None);
        }
        let flat = self.held.iter().zip(gradients).map(|(weight, gradient)| {
            // A weight with a place in a store sends its gradient there, also from a mixed list.
            match (&weight.slot, gradient) {
                (Some(slot), Some(gradient)) if weight.is_tracked => {
                    slot.deposit(crate::gradients::Gradient::Dense(gradient));
                    weight.tensor.zeros_like()?.flatten_all()
                }
                (_, Some(gradient)) => gradient.flatten_all(),
                (_, None) => weight.tensor.zeros_like()?.flatten_all(),
            }
        });
        Tensor::cat(&flat.collect::<Result<Vec<_>>>()?, 0).map(Some)
    }
}

#[cfg(test)]
mod tests;
