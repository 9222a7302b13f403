//! Weighted sums of values, tile by tile.

use std::ops::Range;

use rayon::prelude::*;

use super::operands::Operands;
use super::plan::Plan;
use super::product::Product;
use crate::element::Element;

mod chunk;

use chunk::{Chunk, Scratch};

/// Keys of a tile; a multiple of [`LANES`](super::tile::LANES).
pub(super) const KEYS: usize = 64;

/// Queries of a tile; with [`KEYS`] such that the scores stay in a core's first-level cache.
pub(super) const QUERIES: usize = 64;

/// Queries, over the heads that share their keys, for which a tile of keys is packed once.
const CHUNK: usize = 512;

/// What the backward pass needs of a row of scores: their largest, and one over the sum of their
/// exponentials without it.
pub(super) type Normalizer<T> = [T; 2];

/// The queries of a part of a sentence, and where their results go.
struct Task<'a, T> {
    sentence: usize,
    /// Heads of keys.
    heads: Range<usize>,
    queries: Range<usize>,
    /// A row for each query, with the heads of queries that belong to `heads`.
    out: Vec<&'a mut [T]>,
    kept: &'a mut [Normalizer<T>],
}

impl Plan {
    /// The output `(n_q_tokens, n_heads * head_dim)` and, if they are to be kept, the normalizers in
    /// the order that [`normalizer`](Self::normalizer) knows.
    pub(super) fn forward<T: Product>(
        &self,
        operands: &Operands<'_, T>,
        keep: bool,
    ) -> (Vec<T>, Vec<Normalizer<T>>) {
        let n_tokens = self.q_offsets.n_tokens();
        let mut out = vec![T::zero(); n_tokens * self.q_width()];
        let n_kept = if keep { n_tokens * self.n_heads } else { 0 };
        let mut kept = vec![[T::zero(); 2]; n_kept];
        let tasks = self.forward_tasks(operands, &mut out, &mut kept);
        let run = |scratch: &mut Scratch<T>, task| self.run_forward(operands, task, scratch);
        if let [_] = tasks.as_slice() {
            tasks.into_iter().for_each(|task| run(&mut Scratch::new(), task));
        } else {
            tasks.into_par_iter().with_max_len(1).for_each_init(Scratch::new, run);
        }
        (out, kept)
    }

    /// Queries of a chunk: a multiple of [`QUERIES`].
    fn chunk(&self) -> usize {
        (CHUNK / self.group()).next_multiple_of(QUERIES)
    }

    /// Place of a query among the kept normalizers of a head of keys: chunk after chunk, and in each
    /// head after head.
    pub(super) fn normalizer(&self, n_q: usize, in_group: usize, i: usize) -> usize {
        let start = i / self.chunk() * self.chunk();
        let n = self.chunk().min(n_q - start);
        start * self.group() + in_group * n + (i - start)
    }

    fn forward_tasks<'a, T: Element>(
        &self,
        operands: &Operands<'_, T>,
        mut out: &'a mut [T],
        mut kept: &'a mut [Normalizer<T>],
    ) -> Vec<Task<'a, T>> {
        let mut tasks = Vec::new();
        for (sentence, (tokens, kv)) in self.q_offsets.iter().zip(&operands.kv).enumerate() {
            let n_q = tokens.len();
            let split = self.is_large(n_q, kv.n);
            let (n_heads, chunk) = if split { (1, self.chunk()) } else { (self.n_kv_heads, n_q) };
            let first_task = tasks.len();
            for head in (0..self.n_kv_heads).step_by(n_heads) {
                for start in (0..n_q).step_by(chunk.max(1)) {
                    let queries = start..(start + chunk).min(n_q);
                    let n = queries.len() * n_heads * self.group();
                    let kept = kept.split_off_mut(..n).unwrap_or_default();
                    let heads = head..head + n_heads;
                    let out = Vec::with_capacity(queries.len());
                    tasks.push(Task { sentence, heads, queries, out, kept });
                }
            }
            let rows = out.split_off_mut(..n_q * self.q_width()).unwrap_or_default();
            let n_chunks = n_q.div_ceil(chunk.max(1));
            for (i, row) in rows.chunks_exact_mut(self.q_width()).enumerate() {
                let heads = row.chunks_exact_mut(n_heads * self.group() * self.head_dim);
                for (head, piece) in heads.enumerate() {
                    tasks[first_task + head * n_chunks + i / chunk].out.push(piece);
                }
            }
        }
        tasks
    }

    fn run_forward<T: Product>(
        &self,
        operands: &Operands<'_, T>,
        mut task: Task<'_, T>,
        scratch: &mut Scratch<T>,
    ) {
        for kv_head in task.heads.clone() {
            let mut start = task.queries.start;
            while start < task.queries.end {
                let queries = start..(start + self.chunk()).min(task.queries.end);
                let chunk = Chunk::new(self, operands, task.sentence, kv_head, queries.clone());
                chunk.attend(operands.table, scratch);
                let kept = task.kept.split_off_mut(..self.group() * queries.len());
                let first_row = start - task.queries.start;
                let first_column = (kv_head - task.heads.start) * self.group() * self.head_dim;
                let out = &mut task.out[first_row..][..queries.len()];
                chunk.finish(scratch, out, first_column, kept.unwrap_or_default());
                start = queries.end;
            }
        }
    }
}
