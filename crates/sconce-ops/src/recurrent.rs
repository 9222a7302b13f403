//! LSTM, GRU and plain recurrent layers over packed sentences: all layers, directions and time
//! steps in one operation.
//!
//! For each sentence and direction `h_t = cell(W_ih x_t + b_ih, W_hh h' + b_hh)`, where `h'` is the
//! state after the token before (or after, in the reverse direction). See [`RecurrentKind`] for the
//! cells and their papers.
//!
//! The inputs of all tokens are multiplied at once. Then groups of about ten sentences of like
//! length go through time on their own, so threads need not wait for each other at each step;
//! groups depend on the batch alone, and so do not change with the number of threads. A step
//! multiplies the states of the sentences that are that long with a packed `W_hh` and applies the
//! cell in place: what is left in the place of the products is what the backward pass needs, and
//! what that in turn replaces by their gradients.

use candle_core::{Result, Tensor, bail};

use crate::element::{has_kernel, host_tensor};
use crate::mode::Mode;
use crate::offsets::Offsets;
use crate::param_store::Weight;
use crate::weights::WeightList;

mod backward;
mod cell;
mod composed;
mod config;
mod forward;
mod op;
mod packed;
mod plan;
mod products;

pub use self::config::{RecurrentConfig, RecurrentKind, RecurrentStates, RecurrentWeights};

/// Runs a stack of recurrent layers over packed sentences; gives the last layer's outputs.
///
/// `weights` has one entry for each layer and direction: first layer first, and in each layer the
/// forward direction first. Without `initial` states they are zeros. Dropout falls between layers,
/// in [`Mode::Train`].
///
/// # Shapes
/// - x: `(n_tokens, n_in)`
/// - initial: `(n_layers * n_directions, batch, hidden)`
/// - output: `(n_tokens, n_directions * hidden)`, the forward direction first
///
/// # Errors
/// If the shapes do not fit each other, the configuration or the offsets.
pub fn recurrent(
    x: &Tensor,
    weights: &[RecurrentWeights],
    initial: Option<&RecurrentStates>,
    offsets: &Offsets,
    config: &RecurrentConfig,
    mode: Mode,
) -> Result<Tensor> {
    check(x, weights, initial, offsets, config)?;
    if !has_kernel(x) {
        let (output, _) = composed::stack(x, weights, initial, offsets, config, mode)?;
        return Ok(output);
    }
    apply(x, weights, initial, offsets, config, mode, false)
}

/// As [`recurrent`], and gives the final states of all layers too; gradients flow through both. A
/// sentence without tokens ends with its initial states.
///
/// # Shapes
/// - x: `(n_tokens, n_in)`
/// - output: `(n_tokens, n_directions * hidden)`, the forward direction first
/// - initial and final states: `(n_layers * n_directions, batch, hidden)`
///
/// # Errors
/// As of [`recurrent`].
pub fn recurrent_with_states(
    x: &Tensor,
    weights: &[RecurrentWeights],
    initial: Option<&RecurrentStates>,
    offsets: &Offsets,
    config: &RecurrentConfig,
    mode: Mode,
) -> Result<(Tensor, RecurrentStates)> {
    check(x, weights, initial, offsets, config)?;
    if !has_kernel(x) {
        return composed::stack(x, weights, initial, offsets, config, mode);
    }
    let rows = apply(x, weights, initial, offsets, config, mode, true)?;
    let dims = state_dims(offsets, config);
    let n_rows = config.n_layers * offsets.n_rows();
    let state = |i| rows.narrow(0, offsets.n_tokens() + i * n_rows, n_rows)?.reshape(&dims);
    let c = if config.kind.has_cell_state() { Some(state(1)?) } else { None };
    Ok((rows.narrow(0, 0, offsets.n_tokens())?, RecurrentStates { h: state(0)?, c }))
}

/// The operation: rows of outputs and, if they are wanted, of states, since it has one result.
fn apply(
    x: &Tensor,
    weights: &[RecurrentWeights],
    initial: Option<&RecurrentStates>,
    offsets: &Offsets,
    config: &RecurrentConfig,
    mode: Mode,
    gives_states: bool,
) -> Result<Tensor> {
    let all: Vec<&Weight> = weights.iter().flat_map(RecurrentWeights::iter).collect();
    let list = WeightList::new(&all)?;
    let argument = list.argument().contiguous()?;
    let states = match initial {
        Some(RecurrentStates { h, c: Some(c) }) => Tensor::cat(&[h, c], 0)?,
        Some(RecurrentStates { h, c: None }) => h.contiguous()?,
        // Never read.
        None => host_tensor(vec![0u8], 1)?,
    };
    let x = x.contiguous()?;
    let n_weights = all.len() / config.n_layers;
    let lowest = if x.track_op() || states.track_op() {
        0
    } else {
        (0..all.len()).find(|&i| list.is_tracked(i)).map_or(config.n_layers, |i| i / n_weights)
    };
    let stack = op::Stack {
        config: config.clone(),
        offsets: offsets.clone(),
        n_in: x.dim(1)?,
        has_biases: weights.iter().any(|weights| weights.biases.is_some()),
        has_initial: initial.is_some(),
        gives_states,
        mode,
        lowest,
    };
    x.apply_op3(&states, &argument, op::Recurrent::new(stack, list))
}

fn state_dims(offsets: &Offsets, config: &RecurrentConfig) -> [usize; 3] {
    [config.n_layers * config.n_directions(), offsets.n_rows(), config.hidden]
}

fn check(
    x: &Tensor,
    weights: &[RecurrentWeights],
    initial: Option<&RecurrentStates>,
    offsets: &Offsets,
    config: &RecurrentConfig,
) -> Result<()> {
    config.check()?;
    let (n_tokens, n_in) = x.dims2()?;
    offsets.expect_tokens("recurrent", n_tokens)?;
    let suffixes = config.weight_suffixes();
    if suffixes.len() != weights.len() {
        bail!(
            "recurrent: {} layers of {} directions need {} sets of weights, got {}",
            config.n_layers,
            config.n_directions(),
            suffixes.len(),
            weights.len()
        );
    }
    let has_biases = weights.iter().filter(|weights| weights.biases.is_some()).count();
    if has_biases != 0 && has_biases != weights.len() {
        bail!(
            "recurrent: {has_biases} of {} sets of weights have biases: all or none",
            weights.len()
        );
    }
    for (i, (weights, suffix)) in weights.iter().zip(&suffixes).enumerate() {
        let is_first = i < config.n_directions();
        weights.check(suffix, config, if is_first { n_in } else { config.output_dim() })?;
        if let Some(weight) = weights.iter().find(|w| w.tensor().dtype() != x.dtype()) {
            bail!("recurrent: weights of {:?}, input of {:?}", weight.tensor().dtype(), x.dtype());
        }
    }
    match initial {
        Some(states) => states.check(state_dims(offsets, config), config.kind.has_cell_state()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
