//! The backward pass of a stack, through all time steps.
//!
//! Groups go back through time as they came, and leave the gradients of the products of every
//! token; from those come the gradients of weights and inputs, by products over all tokens.

use std::borrow::Cow;
use std::mem::take;

use rayon::prelude::*;

use super::cell::Kept;
use super::config::RecurrentKind;
use super::forward::{KeptDirection, KeptLayer};
use super::op::Stack;
use super::packed::{Left, Packed, Product};
use super::plan::{by_sentence, groups, run_all};
use super::products::{Columns, add_product, add_transposed_product};
use crate::simd::{axpy, dispatch_mut};

/// What a backward pass is made of.
pub(super) struct Pass<'a, T> {
    pub(super) stack: &'a Stack,
    pub(super) x: &'a [T],
    /// Empty if there were none.
    pub(super) initial: &'a [T],
    /// The result of the forward pass, and its gradient.
    pub(super) flat: &'a [T],
    pub(super) gradient: &'a [T],
    /// Consumed: the gradients of the products take the place of what was kept.
    pub(super) kept: Vec<KeptLayer<T>>,
    pub(super) wants_x: bool,
    pub(super) wants_states: bool,
    pub(super) wants_weight: Vec<bool>,
}

/// The gradients that were wanted.
pub(super) struct Found<T> {
    pub(super) x: Option<Vec<T>>,
    pub(super) states: Option<Vec<T>>,
    pub(super) weights: Vec<Option<Vec<T>>>,
}

/// A layer on the way back.
struct Layer<'a, T> {
    at: usize,
    input: &'a [T],
    out: &'a [T],
    d_out: &'a [T],
}

/// Gradients of one direction of a layer.
struct Gradients<T> {
    /// Its rows, in which the gradients of the products replace what was kept.
    kept: KeptDirection<T>,
    /// Of the columns' sum of biases.
    bias: Vec<T>,
}

impl<T: Product> Pass<'_, T> {
    pub(super) fn run(mut self, weights: &[&[T]]) -> Found<T> {
        let stack = self.stack;
        let (n_layers, n_outputs) = (stack.config.n_layers, stack.n_outputs());
        // What reaches sentences without tokens.
        let mut d_states = self.gradient[n_outputs..].to_vec();
        d_states.resize(stack.n_state_elements(), T::zero());
        let mut d_weights: Vec<Option<Vec<T>>> = self.wants_weight.iter().map(|_| None).collect();
        let mut d_x = None;
        let mut d_out = Cow::Borrowed(&self.gradient[..n_outputs]);
        for at in (stack.lowest..n_layers).rev() {
            let mut gradients: Vec<Gradients<T>> = take(&mut self.kept[at].directions)
                .into_iter()
                .map(|kept| Gradients { kept, bias: vec![T::zero(); stack.row_width()] })
                .collect();
            let input = match at {
                0 => Cow::Borrowed(self.x),
                _ => stack.dropped(at - 1, &self.kept[at - 1].out),
            };
            let is_last = at + 1 == n_layers;
            let layer = Layer {
                at,
                input: &input,
                out: if is_last { &self.flat[..n_outputs] } else { &self.kept[at].out },
                d_out: &d_out,
            };
            let weights = stack.weights_of_layer(at, weights);
            self.through_time(&layer, weights, &mut gradients, &mut d_states);
            let wants_input = at > stack.lowest || self.wants_x;
            // At once, so that threads find work until all is done.
            let (of_weights, of_input) = rayon::join(
                || self.of_weights(&layer, &gradients),
                || wants_input.then(|| self.of_input(&layer, weights, &gradients)),
            );
            let first = at * weights.len();
            for (i, gradient) in of_weights.into_iter().enumerate() {
                d_weights[first + i] = gradient;
            }
            match of_input {
                Some(gradient) if at > 0 => {
                    d_out = match stack.dropped(at - 1, &gradient) {
                        Cow::Owned(dropped) => dropped.into(),
                        Cow::Borrowed(_) => gradient.into(),
                    };
                }
                gradient => d_x = gradient,
            }
        }
        Found { x: d_x, states: self.wants_states.then_some(d_states), weights: d_weights }
    }

    /// Takes all groups back through time; `d_states` come in as the gradients of the final states
    /// and go out as those of the initial ones.
    fn through_time(
        &self,
        layer: &Layer<'_, T>,
        weights: &[&[T]],
        gradients: &mut [Gradients<T>],
        d_states: &mut [T],
    ) {
        let stack = self.stack;
        let (hidden, n_gates) = (stack.config.hidden, stack.config.kind.n_gates());
        let packed: Vec<Packed<T>> = weights
            .chunks_exact(stack.n_weights())
            .map(|weights| Packed::new(weights[1], n_gates * hidden, hidden))
            .collect();
        let groups = groups(&stack.offsets);
        let mut tasks = self.tasks(layer, &packed, &groups, gradients, d_states);
        run_all(&mut tasks, Task::run);
        let finals: Vec<_> = tasks
            .into_iter()
            .map(|task| (task.direction, task.sentences, [task.d_h, task.d_c], task.d_bias))
            .collect();
        // In the order of the groups, whichever was done first.
        for (direction, sentences, states, bias) in finals {
            axpy(T::one(), &bias, &mut gradients[direction].bias);
            for (state, values) in states.iter().enumerate() {
                let place = stack.place_of_states(layer.at, direction, state);
                stack.scatter(values, d_states, place, &sentences);
            }
        }
    }

    /// One task for each group and direction, long sentences first.
    fn tasks<'a>(
        &'a self,
        layer: &Layer<'a, T>,
        packed: &'a [Packed<T>],
        groups: &'a [Vec<usize>],
        gradients: &'a mut [Gradients<T>],
        d_states: &[T],
    ) -> Vec<Task<'a, T>> {
        let stack = self.stack;
        let offsets = &stack.offsets;
        let mut kept: Vec<(Vec<&mut [T]>, &[T])> = gradients
            .iter_mut()
            .map(|gradients| {
                let KeptDirection { rows, cells } = &mut gradients.kept;
                (by_sentence(rows, offsets, stack.row_width()), &**cells)
            })
            .collect();
        let mut tasks = Vec::with_capacity(groups.len() * kept.len());
        for sentences in groups {
            for (direction, (rows, cells)) in kept.iter_mut().enumerate() {
                let [h, c] = [0, 1].map(|state| stack.place_of_states(layer.at, direction, state));
                let gather = |all: &[T], place: &std::ops::Range<usize>| {
                    stack.gather(all, place.clone(), sentences)
                };
                tasks.push(Task {
                    kind: stack.config.kind,
                    hidden: stack.config.hidden,
                    output_dim: stack.config.output_dim(),
                    direction,
                    goes_to_states: self.wants_states,
                    weight: &packed[direction],
                    out: layer.out,
                    d_out: layer.d_out,
                    sentences: sentences.clone(),
                    starts: sentences.iter().map(|&i| offsets.range(i).start).collect(),
                    lengths: sentences.iter().map(|&i| offsets.range(i).len()).collect(),
                    first_h: gather(self.initial, &h),
                    first_c: gather(self.initial, &c),
                    d_h: gather(d_states, &h),
                    d_c: gather(d_states, &c),
                    cells,
                    rows: sentences.iter().map(|&i| take(&mut rows[i])).collect(),
                    d_bias: vec![T::zero(); stack.row_width()],
                });
            }
        }
        tasks
    }

    /// Gradients of the weights of a layer.
    fn of_weights(&self, layer: &Layer<'_, T>, gradients: &[Gradients<T>]) -> Vec<Option<Vec<T>>> {
        let stack = self.stack;
        let per_direction = stack.n_weights();
        let wanted = stack.weights_of_layer(layer.at, &self.wants_weight);
        let of = |at: usize| {
            let (direction, gradients) = (at / per_direction, &gradients[at / per_direction]);
            match at % per_direction {
                0 => self.of_w_ih(layer, gradients),
                1 => self.of_w_hh(layer, direction, gradients),
                2 => self.of_b_ih(gradients),
                _ => {
                    let first = stack.config.kind.first_recurrent() * stack.config.hidden;
                    gradients.bias[first..].to_vec()
                }
            }
        };
        let of = |at: usize| wanted[at].then(|| of(at));
        (0..wanted.len()).into_par_iter().map(of).collect()
    }

    fn of_w_ih(&self, layer: &Layer<'_, T>, gradients: &Gradients<T>) -> Vec<T> {
        let (kind, hidden) = (self.stack.config.kind, self.stack.config.hidden);
        let n_in = self.stack.n_in(layer.at);
        let mut out = vec![T::zero(); kind.n_gates() * hidden * n_in];
        for placed in kind.of_input() {
            let rows = self.columns(gradients, placed.column, placed.n);
            let out = &mut out[placed.gate * hidden * n_in..][..placed.n * hidden * n_in];
            add_transposed_product(rows, layer.input, n_in, out);
        }
        out
    }

    fn of_w_hh(&self, layer: &Layer<'_, T>, direction: usize, gradients: &Gradients<T>) -> Vec<T> {
        let (kind, hidden) = (self.stack.config.kind, self.stack.config.hidden);
        let mut out = vec![T::zero(); kind.n_gates() * hidden * hidden];
        let rows = self.columns(gradients, kind.first_recurrent(), kind.n_gates());
        let states = self.states_before(layer, direction);
        add_transposed_product(rows, &states, hidden, &mut out);
        out
    }

    /// The gradients of some columns of all tokens.
    fn columns<'g>(&self, gradients: &'g Gradients<T>, first: usize, n: usize) -> Columns<'g, T> {
        let hidden = self.stack.config.hidden;
        Columns {
            data: &gradients.kept.rows,
            stride: self.stack.row_width(),
            first: first * hidden,
            n: n * hidden,
        }
    }

    fn of_b_ih(&self, gradients: &Gradients<T>) -> Vec<T> {
        let (kind, hidden) = (self.stack.config.kind, self.stack.config.hidden);
        let mut out = vec![T::zero(); kind.n_gates() * hidden];
        for placed in kind.of_input() {
            let bias = &gradients.bias[placed.column * hidden..][..placed.n * hidden];
            out[placed.gate * hidden..][..bias.len()].copy_from_slice(bias);
        }
        out
    }

    /// `h` before each token in one direction, `(n_tokens, hidden)`.
    fn states_before(&self, layer: &Layer<'_, T>, direction: usize) -> Vec<T> {
        let stack = self.stack;
        let (hidden, output_dim) = (stack.config.hidden, stack.config.output_dim());
        let place = stack.place_of_states(layer.at, direction, 0);
        let initial = self.initial.get(place).unwrap_or_default();
        let mut out = vec![T::zero(); stack.offsets.n_tokens() * hidden];
        let sentences = by_sentence(&mut out, &stack.offsets, hidden);
        sentences.into_par_iter().enumerate().for_each(|(sentence, out)| {
            let start = stack.offsets.range(sentence).start;
            let n = out.len() / hidden;
            for (t, out) in out.chunks_exact_mut(hidden).enumerate() {
                let before = match direction {
                    0 => t.checked_sub(1),
                    _ => Some(t + 1).filter(|&t| t < n),
                };
                let state = match before {
                    Some(t) => layer.out.get((start + t) * output_dim + direction * hidden..),
                    None => initial.get(sentence * hidden..),
                };
                // Without initial states they were zeros.
                if let Some(state) = state.and_then(|state| state.get(..hidden)) {
                    out.copy_from_slice(state);
                }
            }
        });
        out
    }

    fn of_input(
        &self,
        layer: &Layer<'_, T>,
        weights: &[&[T]],
        gradients: &[Gradients<T>],
    ) -> Vec<T> {
        let (kind, hidden) = (self.stack.config.kind, self.stack.config.hidden);
        let n_in = self.stack.n_in(layer.at);
        let mut out = vec![T::zero(); self.stack.offsets.n_tokens() * n_in];
        let weights = weights.chunks_exact(self.stack.n_weights());
        for (gradients, weights) in gradients.iter().zip(weights) {
            for placed in kind.of_input() {
                let rows = self.columns(gradients, placed.column, placed.n);
                let weight = &weights[0][placed.gate * hidden * n_in..];
                let weight = &weight[..placed.n * hidden * n_in];
                add_product(rows, weight, n_in, &mut out);
            }
        }
        out
    }
}

/// A group of sentences on its way back through time in one direction.
struct Task<'a, T> {
    kind: RecurrentKind,
    hidden: usize,
    output_dim: usize,
    direction: usize,
    /// Whether the gradients of the initial states are wanted.
    goes_to_states: bool,
    weight: &'a Packed<T>,
    out: &'a [T],
    d_out: &'a [T],
    sentences: Vec<usize>,
    starts: Vec<usize>,
    lengths: Vec<usize>,
    /// The initial states, `(n_sentences, hidden)`.
    first_h: Vec<T>,
    first_c: Vec<T>,
    /// The kept cells of all tokens, and the kept rows of each sentence.
    cells: &'a [T],
    rows: Vec<&'a mut [T]>,
    /// Gradients of the states and of the biases.
    d_h: Vec<T>,
    d_c: Vec<T>,
    d_bias: Vec<T>,
}

impl<T: Product> Task<'_, T> {
    fn run(&mut self) {
        let longest = self.lengths.first().copied().unwrap_or(0);
        for step in 0..longest {
            let t = if self.direction == 0 { longest - 1 - step } else { step };
            let n_active = self.lengths.partition_point(|&length| length > t);
            self.apply_cells(t, n_active);
            if step + 1 < longest || self.goes_to_states {
                self.add_product(t, n_active);
            }
        }
    }

    fn apply_cells(&mut self, t: usize, n_active: usize) {
        let (hidden, width) = (self.hidden, self.kind.n_columns() * self.hidden);
        let mut d_h = take(&mut self.d_h);
        let mut d_c = take(&mut self.d_c);
        let mut rows = take(&mut self.rows);
        let mut d_bias = take(&mut self.d_bias);
        dispatch_mut(
            #[inline(always)]
            || {
                let states = d_h.chunks_exact_mut(hidden).zip(d_c.chunks_exact_mut(hidden));
                for (i, (d_h, d_c)) in states.take(n_active).enumerate() {
                    let at = (self.starts[i] + t) * self.output_dim + self.direction * hidden;
                    axpy(T::one(), &self.d_out[at..at + hidden], d_h);
                    let row = &mut rows[i][t * width..(t + 1) * width];
                    self.kind.backward(&self.kept(i, t), row, d_h, d_c);
                    axpy(T::one(), row, &mut d_bias);
                }
            },
        );
        (self.d_h, self.d_c, self.rows, self.d_bias) = (d_h, d_c, rows, d_bias);
    }

    /// What the forward pass left of step `t` of one sentence of the group.
    #[inline(always)]
    fn kept(&self, i: usize, t: usize) -> Kept<'_, T> {
        let hidden = self.hidden;
        let token = self.starts[i] + t;
        let of_c =
            |token: usize| self.cells.get(token * hidden..(token + 1) * hidden).unwrap_or_default();
        let is_first = if self.direction == 0 { t == 0 } else { t + 1 == self.lengths[i] };
        let (previous_h, previous_c) = if is_first {
            let place = i * hidden..(i + 1) * hidden;
            (&self.first_h[place.clone()], &self.first_c[place])
        } else {
            let before = if self.direction == 0 { token - 1 } else { token + 1 };
            let at = before * self.output_dim + self.direction * hidden;
            (&self.out[at..at + hidden], of_c(before))
        };
        Kept { c: of_c(token), previous_h, previous_c }
    }

    /// Adds what reaches the states before step `t` by the product.
    fn add_product(&mut self, t: usize, n_active: usize) {
        let width = self.kind.n_columns() * self.hidden;
        let first = self.kind.first_recurrent() * self.hidden;
        let rows = self.rows.iter().take(n_active);
        let rows: Vec<&[T]> = rows.map(|rows| &rows[t * width + first..(t + 1) * width]).collect();
        let mut d_h: Vec<&mut [T]> =
            self.d_h.chunks_exact_mut(self.hidden).take(n_active).collect();
        self.weight.add_product(Left::Rows(&rows), &mut d_h);
    }
}
