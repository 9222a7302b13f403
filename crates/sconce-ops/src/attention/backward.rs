//! Gradients of queries, keys, values and learned biases. With `p` the weights and `g` the upstream
//! gradient: `dv[j] = Σ_i p[i, j] g[i]`, `ds[i, j] = p[i, j] (g[i] · v[j] - g[i] · out[i])`,
//! `dq[i] = scale Σ_j ds[i, j] k[j]`, `dk[j] = scale Σ_i ds[i, j] q[i]`. Scores are computed again.
//!
//! A task has whole sentences and heads of keys, so nobody else adds to what it writes.

use std::ops::Range;

use rayon::prelude::*;

use super::bias::Distances;
use super::forward::Normalizer;
use super::operands::Operands;
use super::plan::Plan;
use super::product::Product;

mod head;

use head::{Head, Scratch};

/// What the backward pass reads.
pub(super) struct Upstream<'a, T> {
    pub(super) operands: Operands<'a, T>,
    pub(super) normalizers: &'a [Normalizer<T>],
    /// The output.
    pub(super) out: &'a [T],
    /// Its gradient.
    pub(super) gradient: &'a [T],
}

/// A row for each token, with the heads that a task has.
pub(super) type Pieces<'a, T> = Vec<&'a mut [T]>;

/// Where the gradients of some heads of a sentence go; nowhere for a tensor that wants none.
pub(super) struct Task<'a, T> {
    pub(super) sentence: usize,
    /// Heads of keys.
    pub(super) heads: Range<usize>,
    pub(super) q: Pieces<'a, T>,
    pub(super) k: Pieces<'a, T>,
    pub(super) v: Pieces<'a, T>,
}

impl Plan {
    /// Heads of keys that one task of a sentence has.
    fn heads_per_task(&self, n_q: usize, n_k: usize) -> usize {
        if self.is_large(n_q, n_k) { 1 } else { self.n_kv_heads }
    }

    /// The tasks of all sentences, from rows of the gradients of all tokens, in their order; no rows
    /// for a tensor that wants no gradient.
    pub(super) fn backward_tasks<'a, T>(
        &self,
        k_lengths: &[usize],
        q: impl IntoIterator<Item = &'a mut [T]>,
        k: impl IntoIterator<Item = &'a mut [T]>,
        v: impl IntoIterator<Item = &'a mut [T]>,
    ) -> Vec<Task<'a, T>> {
        let (mut q, mut k, mut v) = (q.into_iter(), k.into_iter(), v.into_iter());
        let mut tasks = Vec::new();
        for (sentence, (tokens, &n_k)) in self.q_offsets.iter().zip(k_lengths).enumerate() {
            let n_heads = self.heads_per_task(tokens.len(), n_k);
            let n_tasks = self.n_kv_heads / n_heads;
            let q = split(q.by_ref().take(tokens.len()), n_tasks);
            let k = split(k.by_ref().take(n_k), n_tasks);
            let v = split(v.by_ref().take(n_k), n_tasks);
            for (i, ((q, k), v)) in q.into_iter().zip(k).zip(v).enumerate() {
                let heads = i * n_heads..(i + 1) * n_heads;
                tasks.push(Task { sentence, heads, q, k, v });
            }
        }
        tasks
    }

    /// Writes the gradients of the tensors where the tasks say, and gives that of the table of
    /// biases, if it is wanted.
    pub(super) fn backward<T: Product>(
        &self,
        upstream: &Upstream<'_, T>,
        tasks: Vec<Task<'_, T>>,
        wants_table: bool,
    ) -> Option<Vec<T>> {
        let n_columns = match &self.distances {
            Distances::Table(columns) if wants_table => columns.n_columns(),
            _ => 0,
        };
        let run = |scratch: &mut Scratch<T>, mut task: Task<'_, T>| {
            let mut table = vec![T::zero(); task.heads.len() * self.group() * n_columns];
            for (in_task, kv_head) in task.heads.clone().enumerate() {
                let rows = in_task * self.group() * n_columns..;
                let head = Head::new(self, upstream, task.sentence, kv_head);
                head.run(&mut task, in_task, &mut table[rows], scratch);
            }
            (task.heads.start * self.group() * n_columns, table)
        };
        let tables: Vec<(usize, Vec<T>)> =
            tasks.into_par_iter().with_max_len(1).map_init(Scratch::default, run).collect();
        wants_table.then(|| {
            // In the order of the tasks, whoever ran them.
            let mut sum = vec![T::zero(); self.n_heads * n_columns];
            for (start, part) in tables {
                for (sum, x) in sum[start..].iter_mut().zip(part) {
                    *sum += x;
                }
            }
            sum
        })
    }
}

/// Cuts each row into `n_tasks` pieces.
fn split<'a, T>(rows: impl Iterator<Item = &'a mut [T]>, n_tasks: usize) -> Vec<Pieces<'a, T>> {
    let mut pieces: Vec<Pieces<'a, T>> = (0..n_tasks).map(|_| Vec::new()).collect();
    for row in rows {
        let width = row.len() / n_tasks;
        for (pieces, piece) in pieces.iter_mut().zip(row.chunks_exact_mut(width)) {
            pieces.push(piece);
        }
    }
    pieces
}
