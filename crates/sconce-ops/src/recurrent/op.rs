//! The operation as candle sees it.

use std::any::Any;
use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::backward::Pass;
use super::config::RecurrentConfig;
use super::forward::KeptLayer;
use super::packed::Product;
use crate::dropout::Mask;
use crate::element::{contiguous, elements, for_dtype, result};
use crate::mode::Mode;
use crate::offsets::Offsets;
use crate::param_store::lock;
use crate::weights::WeightList;

/// Sizes and settings of one call.
pub(super) struct Stack {
    pub(super) config: RecurrentConfig,
    pub(super) offsets: Offsets,
    pub(super) n_in: usize,
    pub(super) has_biases: bool,
    pub(super) has_initial: bool,
    /// Whether the result holds the final states after the outputs.
    pub(super) gives_states: bool,
    pub(super) mode: Mode,
    /// The first layer whose backward pass is needed; the number of layers if none is.
    pub(super) lowest: usize,
}

impl Stack {
    /// Weights of one layer and direction.
    pub(super) fn n_weights(&self) -> usize {
        if self.has_biases { 4 } else { 2 }
    }

    /// The part of a layer in a list of all weights.
    pub(super) fn weights_of_layer<'a, T>(&self, layer: usize, all: &'a [T]) -> &'a [T] {
        let n = self.n_weights() * self.config.n_directions();
        &all[layer * n..(layer + 1) * n]
    }

    /// Width of a layer's input.
    pub(super) fn n_in(&self, layer: usize) -> usize {
        if layer == 0 { self.n_in } else { self.config.output_dim() }
    }

    /// Elements of a token in the products of one direction.
    pub(super) fn row_width(&self) -> usize {
        self.config.kind.n_columns() * self.config.hidden
    }

    /// Elements of the output.
    pub(super) fn n_outputs(&self) -> usize {
        self.offsets.n_tokens() * self.config.output_dim()
    }

    /// Elements of all states.
    pub(super) fn n_state_elements(&self) -> usize {
        let n = self.config.n_layers * self.config.output_dim() * self.offsets.n_rows();
        n * if self.config.kind.has_cell_state() { 2 } else { 1 }
    }

    /// Whether a backward pass over this layer may come.
    pub(super) fn keeps(&self, layer: usize) -> bool {
        layer >= self.lowest
    }

    /// The place among all states of those of one layer and direction: h is 0, c is 1.
    pub(super) fn place_of_states(
        &self,
        layer: usize,
        direction: usize,
        state: usize,
    ) -> Range<usize> {
        let n = self.config.hidden * self.offsets.n_rows();
        let at = (state * self.config.n_layers + layer) * self.config.n_directions() + direction;
        at * n..(at + 1) * n
    }

    /// The states of some sentences; zeros if `all` holds none of this layer and direction.
    pub(super) fn gather<T: Product>(
        &self,
        all: &[T],
        place: Range<usize>,
        sentences: &[usize],
    ) -> Vec<T> {
        let hidden = self.config.hidden;
        let mut out = vec![T::zero(); sentences.len() * hidden];
        let states = all.get(place).unwrap_or_default();
        for (out, &at) in out.chunks_exact_mut(hidden).zip(sentences) {
            if let Some(state) = states.get(at * hidden..(at + 1) * hidden) {
                out.copy_from_slice(state);
            }
        }
        out
    }

    /// The opposite of [`gather`](Self::gather).
    pub(super) fn scatter<T: Product>(
        &self,
        values: &[T],
        all: &mut [T],
        place: Range<usize>,
        sentences: &[usize],
    ) {
        let hidden = self.config.hidden;
        let states = all.get_mut(place).unwrap_or_default();
        for (values, &at) in values.chunks_exact(hidden).zip(sentences) {
            if let Some(state) = states.get_mut(at * hidden..(at + 1) * hidden) {
                state.copy_from_slice(values);
            }
        }
    }

    /// A layer's output as the next one reads it.
    pub(super) fn dropped<'a, T: Product>(&self, layer: usize, output: &'a [T]) -> Cow<'a, [T]> {
        match self.mode.layer(layer as u64) {
            Mode::Train(key) if self.config.dropout > 0. => {
                Mask::new(key, self.config.dropout).masked(output).into()
            }
            _ => output.into(),
        }
    }
}

/// A [`Stack`] with its weights.
pub(super) struct Recurrent {
    stack: Stack,
    weights: WeightList,
    /// `Vec<KeptLayer<T>>` with the type of the elements, until a backward pass consumes it.
    kept: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Recurrent {
    pub(super) fn new(stack: Stack, weights: WeightList) -> Self {
        Self { stack, weights, kept: Mutex::default() }
    }

    fn n_weights(&self) -> usize {
        self.stack.n_weights() * self.stack.config.n_directions() * self.stack.config.n_layers
    }

    /// Runs `body` on the elements of all weights.
    fn with_weights<T: Product, R>(&self, body: impl FnOnce(&[&[T]]) -> R) -> Result<R> {
        let locked: Vec<_> = (0..self.n_weights())
            .map(|i| elements::<T>(NAME, self.weights.tensor(i)))
            .collect::<Result<_>>()?;
        let weights: Vec<&[T]> = locked.iter().map(Deref::deref).collect();
        Ok(body(&weights))
    }

    fn initial<'a, T: Product>(&self, states: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
        if self.stack.has_initial { contiguous(NAME, states, layout) } else { Ok(&[]) }
    }
}

/// Runs `body` on a thread of the pool, so that none of its parallel parts, of which there are many
/// short ones, has to hand its work over from a thread outside and wait to be woken.
fn in_pool<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| body())
}

const NAME: &str = "recurrent";

impl CustomOp3 for Recurrent {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        states: &CpuStorage,
        states_layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(NAME, x.dtype(), T => {
            let x: &[T] = contiguous(NAME, x, x_layout)?;
            let initial = self.initial(states, states_layout)?;
            let stack = &self.stack;
            let (flat, kept) =
                self.with_weights(|weights| in_pool(|| stack.forward(x, initial, weights)))?;
            if self.stack.lowest < self.stack.config.n_layers {
                *lock(&self.kept) = Some(Box::new(kept));
            }
            let width = self.stack.config.output_dim();
            let n_rows = flat.len() / width;
            Ok(result(flat, (n_rows, width)))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        states: &Tensor,
        _: &Tensor,
        flat: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        for_dtype!(NAME, x.dtype(), T => {
            let kept = lock(&self.kept).take();
            let kept = kept.and_then(|kept| kept.downcast::<Vec<KeptLayer<T>>>().ok());
            let gradient = gradient.contiguous()?;
            let (x_values, flat) = (elements::<T>(NAME, x)?, elements::<T>(NAME, flat)?);
            let gradient = elements::<T>(NAME, &gradient)?;
            let locked = self.stack.has_initial.then(|| elements::<T>(NAME, states)).transpose()?;
            let stack = &self.stack;
            let initial = locked.as_deref().unwrap_or_default();
            let kept = match kept {
                Some(kept) => *kept,
                // An earlier backward pass over the same graph consumed it.
                None => self.with_weights(|w| stack.forward(&x_values, initial, w))?.1,
            };
            let pass = Pass {
                stack,
                x: &x_values,
                initial,
                flat: &flat,
                gradient: &gradient,
                kept,
                wants_x: x.track_op(),
                wants_states: self.stack.has_initial && states.track_op(),
                wants_weight: (0..self.n_weights()).map(|i| self.weights.is_tracked(i)).collect(),
            };
            let found = self.with_weights(|weights| in_pool(|| pass.run(weights)))?;
            let tensor = |values: Option<Vec<T>>, like: &Tensor| {
                values.map(|values| Tensor::from_vec(values, like.shape(), like.device())).transpose()
            };
            let weights = found.weights.into_iter().enumerate();
            let weights = weights.map(|(i, values)| tensor(values, self.weights.tensor(i)));
            let argument = self.weights.gradients(weights.collect::<Result<_>>()?)?;
            Ok((tensor(found.x, x)?, tensor(found.states, states)?, argument))
        })
    }
}
