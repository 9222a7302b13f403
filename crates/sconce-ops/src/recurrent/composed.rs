//! The same function by candle's own operations, for devices without a kernel here.

use candle_core::{Result, Tensor};

use super::config::{RecurrentConfig, RecurrentKind, RecurrentStates, RecurrentWeights};
use crate::dropout::dropout;
use crate::mode::Mode;
use crate::offsets::Offsets;

pub(super) fn stack(
    x: &Tensor,
    weights: &[RecurrentWeights],
    initial: Option<&RecurrentStates>,
    offsets: &Offsets,
    config: &RecurrentConfig,
    mode: Mode,
) -> Result<(Tensor, RecurrentStates)> {
    let steps = Steps::new(offsets, config);
    let zeros = || Tensor::zeros((offsets.n_rows(), config.hidden), x.dtype(), x.device());
    let (mut h, mut c) = (Vec::new(), Vec::new());
    let mut x = x.clone();
    for (layer, weights) in weights.chunks(config.n_directions()).enumerate() {
        if layer > 0 {
            x = dropout(&x, config.dropout, mode.layer(layer as u64 - 1))?;
        }
        let mut outputs = Vec::with_capacity(weights.len());
        for (direction, weights) in weights.iter().enumerate() {
            let first = |state: Option<&Tensor>| match state {
                Some(state) => state.get(h.len()),
                None => zeros(),
            };
            let states = State {
                h: first(initial.map(|states| &states.h))?,
                c: first(initial.and_then(|states| states.c.as_ref()))?,
            };
            let (output, states) = steps.run(&x, weights, states, direction == 1)?;
            outputs.push(output);
            h.push(states.h);
            c.push(states.c);
        }
        x = Tensor::cat(&outputs, 1)?;
    }
    let c = if config.kind.has_cell_state() { Some(Tensor::stack(&c, 0)?) } else { None };
    Ok((x, RecurrentStates { h: Tensor::stack(&h, 0)?, c }))
}

/// States of all sentences of one layer and direction, `(batch, hidden)`.
struct State {
    h: Tensor,
    c: Tensor,
}

/// The order in which sentences and tokens are worked on.
struct Steps<'a> {
    config: &'a RecurrentConfig,
    /// Sentences by falling length, and the place of each.
    order: Vec<u32>,
    places: Vec<u32>,
    /// The tokens of each time step, in that order.
    tokens: Vec<Vec<u32>>,
}

impl<'a> Steps<'a> {
    fn new(offsets: &Offsets, config: &'a RecurrentConfig) -> Self {
        let length = |row: u32| offsets.range(row as usize).len();
        let mut order: Vec<u32> = (0..offsets.n_rows() as u32).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(length(row)));
        let longest = order.first().map_or(0, |&row| length(row));
        let tokens = (0..longest).map(|t| {
            let active = order.iter().filter(|&&row| length(row) > t);
            active.map(|&row| (offsets.range(row as usize).start + t) as u32).collect()
        });
        let (tokens, places) = (tokens.collect(), inverse(&order));
        Self { config, order, places, tokens }
    }

    /// Outputs `(n_tokens, hidden)` and final states of one direction.
    fn run(
        &self,
        x: &Tensor,
        weights: &RecurrentWeights,
        initial: State,
        is_reverse: bool,
    ) -> Result<(Tensor, State)> {
        let device = x.device();
        let select = |tensor: &Tensor, rows: &[u32]| {
            tensor.contiguous()?.index_select(&Tensor::new(rows, device)?, 0)
        };
        let biased = |product: Tensor, bias: Option<&Tensor>| match bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        };
        let [b_ih, b_hh] = match &weights.biases {
            Some((b_ih, b_hh)) => [Some(b_ih.tensor()), Some(b_hh.tensor())],
            None => [None, None],
        };
        let w_hh = weights.w_hh.tensor().t()?;
        let of_input = biased(x.contiguous()?.matmul(&weights.w_ih.tensor().t()?)?, b_ih)?;
        let mut h = select(&initial.h, &self.order)?;
        let mut c = select(&initial.c, &self.order)?;
        let (mut outputs, mut done) = (Vec::new(), Vec::new());
        let mut step = |tokens: &Vec<u32>| -> Result<()> {
            let n = tokens.len();
            let (h_before, c_before) = (h.narrow(0, 0, n)?, c.narrow(0, 0, n)?);
            let of_state = biased(h_before.contiguous()?.matmul(&w_hh)?, b_hh)?;
            let (h_after, c_after) =
                self.cell(&select(&of_input, tokens)?, &of_state, &h_before, &c_before)?;
            outputs.push(h_after.clone());
            done.extend_from_slice(tokens);
            h = self.replace_first(&h, h_after)?;
            c = self.replace_first(&c, c_after)?;
            Ok(())
        };
        if is_reverse {
            self.tokens.iter().rev().try_for_each(&mut step)?;
        } else {
            self.tokens.iter().try_for_each(&mut step)?;
        }
        let states = State { h: select(&h, &self.places)?, c: select(&c, &self.places)? };
        if outputs.is_empty() {
            return Ok((Tensor::zeros((0, self.config.hidden), x.dtype(), device)?, states));
        }
        Ok((select(&Tensor::cat(&outputs, 0)?, &inverse(&done))?, states))
    }

    fn replace_first(&self, all: &Tensor, first: Tensor) -> Result<Tensor> {
        let (n, n_first) = (all.dim(0)?, first.dim(0)?);
        if n == n_first {
            return Ok(first);
        }
        Tensor::cat(&[&first, &all.narrow(0, n_first, n - n_first)?], 0)
    }

    /// The states after a step; the products come with their biases.
    fn cell(
        &self,
        of_input: &Tensor,
        of_state: &Tensor,
        h: &Tensor,
        c: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let hidden = self.config.hidden;
        let gate = |products: &Tensor, i: usize| products.narrow(1, i * hidden, hidden);
        match self.config.kind {
            RecurrentKind::Lstm => {
                let sums = (of_input + of_state)?;
                let [i, f] = [sigmoid(&gate(&sums, 0)?)?, sigmoid(&gate(&sums, 1)?)?];
                let [g, o] = [gate(&sums, 2)?.tanh()?, sigmoid(&gate(&sums, 3)?)?];
                let c = ((f * c)? + (i * g)?)?;
                Ok(((o * c.tanh()?)?, c))
            }
            RecurrentKind::Gru => {
                let sum = |i| gate(of_input, i)? + gate(of_state, i)?;
                let [r, z] = [sigmoid(&sum(0)?)?, sigmoid(&sum(1)?)?];
                let n = (gate(of_input, 2)? + (r * gate(of_state, 2)?)?)?.tanh()?;
                let h = (&n + (z * (h - &n)?)?)?;
                Ok((h, c.clone()))
            }
            RecurrentKind::Tanh => Ok(((of_input + of_state)?.tanh()?, c.clone())),
            RecurrentKind::Relu => {
                let sum = (of_input + of_state)?;
                // candle's `relu` has gradient 1 at 0; this product has 0 there, as PyTorch's.
                let active = sum.gt(0f64)?.to_dtype(sum.dtype())?;
                Ok(((sum * active)?, c.clone()))
            }
        }
    }
}

/// `1 / (1 + e⁻ˣ)` without an exponential that overflows.
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    ((x * 0.5)?.tanh()? * 0.5)? + 0.5
}

/// The place of each number in a permutation.
fn inverse(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &at) in order.iter().enumerate() {
        places[at as usize] = place as u32;
    }
    places
}
