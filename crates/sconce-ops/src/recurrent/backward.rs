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
use super::packed::{Packed, Product};
use super::plan::{by_sentence, groups, run_all};
use crate::gemm::{Matrix, MatrixMut, Write, par_matmul};
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
    pub(super) kept: &'a [KeptLayer<T>],
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
    directions: &'a [KeptDirection<T>],
}

/// Gradients of one direction of a layer.
struct Gradients<T> {
    /// Of the products, `(n_tokens, n_columns * hidden)`.
    rows: Vec<T>,
    /// Of the columns' sum of biases.
    bias: Vec<T>,
}

impl<T: Product> Pass<'_, T> {
    pub(super) fn run(&self, weights: &[&[T]]) -> Found<T> {
        let stack = self.stack;
        let (n_layers, n_outputs) = (stack.config.n_layers, stack.n_outputs());
        // What reaches sentences without tokens.
        let mut d_states = self.gradient[n_outputs..].to_vec();
        d_states.resize(stack.n_state_elements(), T::zero());
        let mut d_weights: Vec<Option<Vec<T>>> = self.wants_weight.iter().map(|_| None).collect();
        let mut d_x = None;
        let mut d_out = Cow::Borrowed(&self.gradient[..n_outputs]);
        for at in (stack.lowest..n_layers).rev() {
            let kept = &self.kept[at];
            let input = match at {
                0 => Cow::Borrowed(self.x),
                _ => stack.dropped(at - 1, &self.kept[at - 1].out),
            };
            let is_last = at + 1 == n_layers;
            let layer = Layer {
                at,
                input: &input,
                out: if is_last { &self.flat[..n_outputs] } else { &kept.out },
                d_out: &d_out,
                directions: &kept.directions,
            };
            let weights = stack.weights_of_layer(at, weights);
            let gradients = self.through_time(&layer, weights, &mut d_states);
            let first = at * weights.len();
            for (i, gradient) in self.of_weights(&layer, &gradients).into_iter().enumerate() {
                d_weights[first + i] = gradient;
            }
            if at > stack.lowest {
                let gradient = self.of_input(&layer, weights, &gradients);
                d_out = match stack.dropped(at - 1, &gradient) {
                    Cow::Owned(dropped) => dropped.into(),
                    Cow::Borrowed(_) => gradient.into(),
                };
            } else if self.wants_x {
                d_x = Some(self.of_input(&layer, weights, &gradients));
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
        d_states: &mut [T],
    ) -> Vec<Gradients<T>> {
        let stack = self.stack;
        let (hidden, n_gates) = (stack.config.hidden, stack.config.kind.n_gates());
        let packed: Vec<Packed<T>> = weights
            .chunks_exact(stack.n_weights())
            .map(|weights| Packed::new(weights[1], n_gates * hidden, hidden))
            .collect();
        let width = stack.row_width();
        let n = stack.offsets.n_tokens() * width;
        let empty = || Gradients { rows: vec![T::zero(); n], bias: vec![T::zero(); width] };
        let mut gradients: Vec<Gradients<T>> = packed.iter().map(|_| empty()).collect();
        let groups = groups(&stack.offsets);
        let mut tasks = self.tasks(layer, &packed, &groups, &mut gradients, d_states);
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
        gradients
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
        let mut rows: Vec<Vec<&mut [T]>> = gradients
            .iter_mut()
            .map(|gradients| by_sentence(&mut gradients.rows, offsets, stack.row_width()))
            .collect();
        let mut tasks = Vec::with_capacity(groups.len() * rows.len());
        for sentences in groups {
            for (direction, rows) in rows.iter_mut().enumerate() {
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
                    kept: &layer.directions[direction],
                    out: layer.out,
                    d_out: layer.d_out,
                    sentences: sentences.clone(),
                    starts: sentences.iter().map(|&i| offsets.range(i).start).collect(),
                    lengths: sentences.iter().map(|&i| offsets.range(i).len()).collect(),
                    first_h: gather(self.initial, &h),
                    first_c: gather(self.initial, &c),
                    d_h: gather(d_states, &h),
                    d_c: gather(d_states, &c),
                    d_rows: sentences.iter().map(|&i| take(&mut rows[i])).collect(),
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
        let directions = gradients.iter().zip(wanted.chunks_exact(per_direction)).enumerate();
        directions
            .flat_map(|(direction, (gradients, wanted))| {
                let of = |i: usize| match i {
                    0 => self.of_w_ih(layer, gradients),
                    1 => self.of_w_hh(layer, direction, gradients),
                    2 => self.of_b_ih(gradients),
                    _ => {
                        let first = stack.config.kind.first_recurrent() * stack.config.hidden;
                        gradients.bias[first..].to_vec()
                    }
                };
                wanted.iter().enumerate().map(|(i, is)| is.then(|| of(i))).collect::<Vec<_>>()
            })
            .collect()
    }

    fn of_w_ih(&self, layer: &Layer<'_, T>, gradients: &Gradients<T>) -> Vec<T> {
        let stack = self.stack;
        let (kind, hidden, n) = (stack.config.kind, stack.config.hidden, stack.offsets.n_tokens());
        let (n_in, width) = (stack.n_in(layer.at), stack.row_width());
        let mut out = vec![T::zero(); kind.n_gates() * hidden * n_in];
        for placed in kind.of_input().iter().filter(|_| n > 0) {
            let n_rows = placed.n * hidden;
            let rows = &gradients.rows[placed.column * hidden..];
            let rows = Matrix::strided(rows, n, n_rows, width).transposed();
            let out = &mut out[placed.gate * hidden * n_in..];
            let out = MatrixMut::new(out, n_rows, n_in);
            par_matmul(rows, Matrix::new(layer.input, n, n_in), out, Write::Set);
        }
        out
    }

    fn of_w_hh(&self, layer: &Layer<'_, T>, direction: usize, gradients: &Gradients<T>) -> Vec<T> {
        let stack = self.stack;
        let (kind, hidden, n) = (stack.config.kind, stack.config.hidden, stack.offsets.n_tokens());
        let n_rows = kind.n_gates() * hidden;
        let mut out = vec![T::zero(); n_rows * hidden];
        if n > 0 {
            let states = self.states_before(layer, direction);
            let rows = &gradients.rows[kind.first_recurrent() * hidden..];
            let rows = Matrix::strided(rows, n, n_rows, stack.row_width()).transposed();
            let out = MatrixMut::new(&mut out, n_rows, hidden);
            par_matmul(rows, Matrix::new(&states, n, hidden), out, Write::Set);
        }
        out
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
        let stack = self.stack;
        let (kind, hidden, n) = (stack.config.kind, stack.config.hidden, stack.offsets.n_tokens());
        let (n_in, width) = (stack.n_in(layer.at), stack.row_width());
        let mut out = vec![T::zero(); n * n_in];
        let mut write = Write::Set;
        let weights = weights.chunks_exact(stack.n_weights());
        for (gradients, weights) in gradients.iter().zip(weights) {
            for placed in kind.of_input().iter().filter(|_| n > 0) {
                let n_rows = placed.n * hidden;
                let rows = &gradients.rows[placed.column * hidden..];
                let weight = Matrix::new(&weights[0][placed.gate * hidden * n_in..], n_rows, n_in);
                let out = MatrixMut::new(&mut out, n, n_in);
                par_matmul(Matrix::strided(rows, n, n_rows, width), weight, out, write);
                write = Write::Add;
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
    kept: &'a KeptDirection<T>,
    out: &'a [T],
    d_out: &'a [T],
    sentences: Vec<usize>,
    starts: Vec<usize>,
    lengths: Vec<usize>,
    /// The initial states, `(n_sentences, hidden)`.
    first_h: Vec<T>,
    first_c: Vec<T>,
    /// Gradients of the states, of the products by sentence, and of the biases.
    d_h: Vec<T>,
    d_c: Vec<T>,
    d_rows: Vec<&'a mut [T]>,
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
        let mut d_rows = take(&mut self.d_rows);
        let mut d_bias = take(&mut self.d_bias);
        dispatch_mut(
            #[inline(always)]
            || {
                let states = d_h.chunks_exact_mut(hidden).zip(d_c.chunks_exact_mut(hidden));
                for (i, (d_h, d_c)) in states.take(n_active).enumerate() {
                    let at = (self.starts[i] + t) * self.output_dim + self.direction * hidden;
                    axpy(T::one(), &self.d_out[at..at + hidden], d_h);
                    let d_row = &mut d_rows[i][t * width..(t + 1) * width];
                    self.kind.backward(&self.kept(i, t), d_row, d_h, d_c);
                    axpy(T::one(), d_row, &mut d_bias);
                }
            },
        );
        (self.d_h, self.d_c, self.d_rows, self.d_bias) = (d_h, d_c, d_rows, d_bias);
    }

    /// What the forward pass left of step `t` of one sentence of the group.
    #[inline(always)]
    fn kept(&self, i: usize, t: usize) -> Kept<'_, T> {
        let (hidden, width) = (self.hidden, self.kind.n_columns() * self.hidden);
        let token = self.starts[i] + t;
        let of_c = |token: usize| {
            self.kept.cells.get(token * hidden..(token + 1) * hidden).unwrap_or_default()
        };
        let is_first = if self.direction == 0 { t == 0 } else { t + 1 == self.lengths[i] };
        let (previous_h, previous_c) = if is_first {
            let place = i * hidden..(i + 1) * hidden;
            (&self.first_h[place.clone()], &self.first_c[place])
        } else {
            let before = if self.direction == 0 { token - 1 } else { token + 1 };
            let at = before * self.output_dim + self.direction * hidden;
            (&self.out[at..at + hidden], of_c(before))
        };
        let row = &self.kept.rows[token * width..(token + 1) * width];
        Kept { row, c: of_c(token), previous_h, previous_c }
    }

    /// Adds what reaches the states before step `t` by the product.
    fn add_product(&mut self, t: usize, n_active: usize) {
        let width = self.kind.n_columns() * self.hidden;
        let first = self.kind.first_recurrent() * self.hidden;
        let rows = self.d_rows.iter().take(n_active);
        let rows: Vec<&[T]> = rows.map(|rows| &rows[t * width + first..(t + 1) * width]).collect();
        let mut d_h: Vec<&mut [T]> =
            self.d_h.chunks_exact_mut(self.hidden).take(n_active).collect();
        self.weight.add_product(&rows, &mut d_h);
    }
}
