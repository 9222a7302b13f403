//! The forward pass of a stack: layer by layer, and in each all groups and directions at a time.

use std::borrow::Cow;
use std::mem::take;

use rayon::prelude::*;

use super::config::RecurrentKind;
use super::op::Stack;
use super::packed::{Left, Packed, Product};
use super::plan::{by_sentence, groups, run_all};
use crate::gemm::{Matrix, MatrixMut, Write, par_matmul};
use crate::simd::dispatch_mut;

/// What the forward pass keeps of one layer.
pub(super) struct KeptLayer<T> {
    /// `(n_tokens, output_dim)`; of the last layer they are the operation's result instead.
    pub(super) out: Vec<T>,
    pub(super) directions: Vec<KeptDirection<T>>,
}

/// What it keeps of one direction.
pub(super) struct KeptDirection<T> {
    /// `(n_tokens, n_columns * hidden)`: see [`cell`](super::cell).
    pub(super) rows: Vec<T>,
    /// `(n_tokens, hidden)`: the LSTM's cells.
    pub(super) cells: Vec<T>,
}

/// A direction of a layer, ready for its groups.
struct Direction<T> {
    kept: KeptDirection<T>,
    bias: Vec<T>,
    weight: Packed<T>,
}

/// A group of sentences on its way through time in one direction.
struct Task<'a, T> {
    kind: RecurrentKind,
    hidden: usize,
    is_reverse: bool,
    has_initial: bool,
    bias: &'a [T],
    weight: &'a Packed<T>,
    direction: usize,
    sentences: Vec<usize>,
    lengths: Vec<usize>,
    /// Of each sentence: the rows of its tokens, its cells if they are kept, its outputs by token.
    rows: Vec<&'a mut [T]>,
    cells: Vec<&'a mut [T]>,
    outputs: Vec<Vec<&'a mut [T]>>,
    /// The states, `(n_sentences, hidden)`.
    h: Vec<T>,
    c: Vec<T>,
}

impl Stack {
    /// Outputs, then final states if they are wanted, and what the backward pass needs.
    pub(super) fn forward<T: Product>(
        &self,
        x: &[T],
        initial: &[T],
        weights: &[&[T]],
    ) -> (Vec<T>, Vec<KeptLayer<T>>) {
        let groups = groups(&self.offsets);
        let n_outputs = self.n_outputs();
        let mut flat = vec![T::zero(); n_outputs + self.n_state_elements()];
        let (outputs, states) = flat.split_at_mut(n_outputs);
        if self.has_initial {
            // What sentences without tokens end with.
            states.copy_from_slice(initial);
        }
        let n_layers = self.config.n_layers;
        let mut kept: Vec<KeptLayer<T>> = Vec::with_capacity(n_layers);
        let mut below: Vec<T> = Vec::new();
        for layer in 0..n_layers {
            let is_last = layer + 1 == n_layers;
            let mut inner = vec![T::zero(); if is_last { 0 } else { n_outputs }];
            let input = match layer {
                0 => Cow::Borrowed(x),
                _ => self.dropped(layer - 1, &below),
            };
            let out = if is_last { &mut *outputs } else { &mut inner };
            let weights = self.weights_of_layer(layer, weights);
            let mut directions = self.layer(layer, &input, weights, &groups, out, states);
            drop(input);
            // One layer late, since `below` was needed until now.
            let below = std::mem::replace(&mut below, inner);
            if let Some(last) = kept.last_mut().filter(|_| self.keeps(layer)) {
                last.out = below;
            }
            if !self.keeps(layer) {
                directions.clear();
            }
            kept.push(KeptLayer { out: Vec::new(), directions });
        }
        if !self.gives_states {
            flat.truncate(n_outputs);
        }
        (flat, kept)
    }

    /// Runs one layer; writes its outputs, and its final states to their place among all.
    fn layer<T: Product>(
        &self,
        layer: usize,
        input: &[T],
        weights: &[&[T]],
        groups: &[Vec<usize>],
        out: &mut [T],
        states: &mut [T],
    ) -> Vec<KeptDirection<T>> {
        let mut directions: Vec<Direction<T>> = weights
            .par_chunks_exact(self.n_weights())
            .map(|w| self.direction(layer, input, w))
            .collect();
        let mut tasks = self.tasks(layer, &mut directions, groups, out, states);
        run_all(&mut tasks, Task::run);
        let finals: Vec<_> = tasks
            .into_iter()
            .map(|task| (task.direction, task.sentences, task.h, task.c))
            .collect();
        for (direction, sentences, h, c) in finals {
            for (state, values) in [h, c].iter().enumerate() {
                let place = self.place_of_states(layer, direction, state);
                self.scatter(values, states, place, &sentences);
            }
        }
        directions.into_iter().map(|direction| direction.kept).collect()
    }

    /// Multiplies the inputs of all tokens and prepares the rest.
    fn direction<T: Product>(&self, layer: usize, input: &[T], weights: &[&[T]]) -> Direction<T> {
        let (kind, hidden, n) = (self.config.kind, self.config.hidden, self.offsets.n_tokens());
        let (n_in, width) = (self.n_in(layer), self.row_width());
        let mut rows = vec![T::zero(); n * width];
        let multiply = || {
            for placed in kind.of_input().iter().filter(|_| n > 0) {
                let n_rows = placed.n * hidden;
                let weight = Matrix::new(&weights[0][placed.gate * hidden * n_in..], n_rows, n_in);
                let out = &mut rows[placed.column * hidden..];
                let out = MatrixMut::strided(out, n, n_rows, width);
                par_matmul(Matrix::new(input, n, n_in), weight.transposed(), out, Write::Set);
            }
        };
        let pack = || Packed::transposed(weights[1], hidden, kind.n_gates() * hidden);
        let ((), weight) = rayon::join(multiply, pack);
        let mut bias = vec![T::zero(); width];
        if self.has_biases {
            let mut add = |column: usize, values: &[T]| {
                bias[column * hidden..].iter_mut().zip(values).for_each(|(sum, &b)| *sum += b);
            };
            for placed in kind.of_input() {
                add(placed.column, &weights[2][placed.gate * hidden..][..placed.n * hidden]);
            }
            add(kind.first_recurrent(), weights[3]);
        }
        let keeps_cells = kind.has_cell_state() && self.keeps(layer);
        let cells = vec![T::zero(); if keeps_cells { n * hidden } else { 0 }];
        Direction { kept: KeptDirection { rows, cells }, bias, weight }
    }

    /// One task for each group and direction, long sentences first.
    fn tasks<'a, T: Product>(
        &self,
        layer: usize,
        directions: &'a mut [Direction<T>],
        groups: &'a [Vec<usize>],
        out: &'a mut [T],
        states: &[T],
    ) -> Vec<Task<'a, T>> {
        let (hidden, offsets) = (self.config.hidden, &self.offsets);
        // The output of each token in two halves, if there are two directions.
        let mut outputs: Vec<Vec<&mut [T]>> = directions.iter().map(|_| Vec::new()).collect();
        for (i, half) in out.chunks_exact_mut(hidden).enumerate() {
            let direction = i % outputs.len();
            outputs[direction].push(half);
        }
        let mut tasks = Vec::with_capacity(groups.len() * directions.len());
        for (at, (direction, mut outputs)) in directions.iter_mut().zip(outputs).enumerate() {
            let KeptDirection { rows, cells } = &mut direction.kept;
            let cell_width = if cells.is_empty() { 0 } else { hidden };
            let mut rows = by_sentence(rows, offsets, self.row_width());
            let mut cells = by_sentence(cells, offsets, cell_width);
            for (place, sentences) in groups.iter().enumerate() {
                let [h, c] = [0, 1].map(|state| {
                    self.gather(states, self.place_of_states(layer, at, state), sentences)
                });
                let task = Task {
                    kind: self.config.kind,
                    hidden,
                    is_reverse: at == 1,
                    has_initial: self.has_initial,
                    bias: &direction.bias,
                    weight: &direction.weight,
                    direction: at,
                    sentences: sentences.clone(),
                    lengths: sentences.iter().map(|&i| offsets.range(i).len()).collect(),
                    rows: sentences.iter().map(|&i| take(&mut rows[i])).collect(),
                    cells: sentences.iter().map(|&i| take(&mut cells[i])).collect(),
                    outputs: sentences
                        .iter()
                        .map(|&i| outputs[offsets.range(i)].iter_mut().map(take).collect())
                        .collect(),
                    h,
                    c,
                };
                tasks.push((place, task));
            }
        }
        tasks.sort_by_key(|(place, _)| *place);
        tasks.into_iter().map(|(_, task)| task).collect()
    }
}

impl<T: Product> Task<'_, T> {
    fn run(&mut self) {
        let longest = self.lengths.first().copied().unwrap_or(0);
        for step in 0..longest {
            let t = if self.is_reverse { longest - 1 - step } else { step };
            let n_active = self.lengths.partition_point(|&length| length > t);
            // Before the first step all states are zero, if none were given.
            if step > 0 || self.has_initial {
                self.add_product(t, n_active);
            }
            self.apply_cells(t, n_active);
        }
    }

    /// Adds the product of the states to the rows of step `t`.
    fn add_product(&mut self, t: usize, n_active: usize) {
        let width = self.kind.n_columns() * self.hidden;
        let first = self.kind.first_recurrent() * self.hidden;
        let states: Vec<&[T]> = self.h.chunks_exact(self.hidden).take(n_active).collect();
        let rows = self.rows.iter_mut().take(n_active);
        let mut rows: Vec<&mut [T]> =
            rows.map(|rows| &mut rows[t * width + first..(t + 1) * width]).collect();
        self.weight.add_product(Left::Rows(&states), &mut rows);
    }

    fn apply_cells(&mut self, t: usize, n_active: usize) {
        let (kind, hidden, bias) = (self.kind, self.hidden, self.bias);
        let width = kind.n_columns() * hidden;
        let Self { rows, cells, outputs, h, c, .. } = self;
        dispatch_mut(
            #[inline(always)]
            || {
                let states = h.chunks_exact_mut(hidden).zip(c.chunks_exact_mut(hidden));
                for (i, (h, c)) in states.take(n_active).enumerate() {
                    let row = &mut rows[i][t * width..(t + 1) * width];
                    kind.forward(row, bias, h, c);
                    outputs[i][t].copy_from_slice(h);
                    if let Some(kept) = cells[i].get_mut(t * hidden..(t + 1) * hidden) {
                        kept.copy_from_slice(c);
                    }
                }
            },
        );
    }
}
