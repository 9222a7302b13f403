//! Weighted sums of values, tile by tile.

use std::ops::Range;

use rayon::prelude::*;

use super::bias::{Distances, Line};
use super::operands::{KeyValue, Operands};
use super::plan::Plan;
use super::product::Product;
use super::rows;
use super::tile::{LANES, Panels, ROWS, Rows, Tile};
use crate::element::Element;
use crate::simd::{axpy, dispatch};

/// Keys of a tile; a multiple of [`LANES`].
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

/// What a thread works with.
struct Scratch<T> {
    keys: Panels<T>,
    values: Panels<T>,
    scores: Tile<T>,
    sums: Tile<T>,
    normalizers: Vec<Normalizer<T>>,
    lines: Vec<T>,
}

impl<T: Element> Scratch<T> {
    fn new() -> Self {
        Self {
            keys: Panels::default(),
            values: Panels::default(),
            scores: Tile::default(),
            sums: Tile::default(),
            normalizers: Vec::new(),
            lines: Vec::new(),
        }
    }
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
                chunk.fill_lines(operands.table, &mut scratch.lines);
                chunk.attend(scratch);
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

/// Some queries of a sentence, over the heads that share a head of keys.
struct Chunk<'a, T> {
    plan: &'a Plan,
    /// Of each head, the queries of this chunk.
    q: Vec<Rows<'a, T>>,
    k: Rows<'a, T>,
    v: Rows<'a, T>,
    queries: Range<usize>,
    first_token: usize,
    first_head: usize,
    n_q: usize,
    n_k: usize,
    /// Rows of sums between one head and the next.
    head_rows: usize,
}

impl<'a, T: Product> Chunk<'a, T> {
    fn new(
        plan: &'a Plan,
        operands: &Operands<'a, T>,
        sentence: usize,
        kv_head: usize,
        queries: Range<usize>,
    ) -> Self {
        let tokens = plan.q_offsets.range(sentence);
        let KeyValue { k, v, n } = operands.kv[sentence];
        let q = operands.q.skip(tokens.start + queries.start);
        let first_head = kv_head * plan.group();
        Self {
            plan,
            q: (first_head..first_head + plan.group()).map(|head| q.head(head)).collect(),
            k: k.head(kv_head),
            v: v.head(kv_head),
            first_token: tokens.start,
            first_head,
            n_q: tokens.len(),
            n_k: n,
            head_rows: queries.len().next_multiple_of(ROWS),
            queries,
        }
    }

    fn line(&self) -> Line {
        Line::new(self.n_q, self.n_k)
    }

    fn fill_lines(&self, table: &[T], lines: &mut Vec<T>) {
        fill_lines(self.plan, self.line(), self.first_head, table, lines);
    }

    /// Leaves the weighted sums, not yet divided, and the normalizers in the scratch.
    fn attend(&self, scratch: &mut Scratch<T>) {
        let group = self.plan.group();
        scratch.sums.reset(group * self.head_rows, self.plan.head_dim);
        scratch.normalizers.clear();
        scratch.normalizers.resize(group * self.queries.len(), [T::NEG_INFINITY, T::zero()]);
        let seen = self.plan.visible_to_any(self.n_q, self.n_k, self.queries.clone());
        // With few queries, packing keys would take longer than multiplying them.
        let packs = self.queries.len() >= ROWS;
        let mut first = seen.start / KEYS * KEYS;
        while first < seen.end {
            let keys = first..(first + KEYS).min(self.n_k);
            if packs {
                scratch.keys.pack_transposed(self.k.skip(first), keys.len());
                scratch.values.pack(self.v.skip(first), keys.len());
            }
            for in_group in 0..group {
                for start in self.queries.clone().step_by(QUERIES) {
                    let queries = start..(start + QUERIES).min(self.queries.end);
                    self.tile(in_group, queries, keys.clone(), packs, scratch);
                }
            }
            first = keys.end;
        }
    }

    /// Adds what the queries of one head get from some keys.
    fn tile(
        &self,
        in_group: usize,
        queries: Range<usize>,
        keys: Range<usize>,
        packs: bool,
        scratch: &mut Scratch<T>,
    ) {
        let seen = self.plan.visible_to_any(self.n_q, self.n_k, queries.clone());
        if seen.start >= keys.end || seen.end <= keys.start {
            return;
        }
        let n = queries.len();
        let in_chunk = queries.start - self.queries.start;
        let q = self.q[in_group].skip(in_chunk);
        let first_row = in_group * self.head_rows + in_chunk;
        scratch.scores.reshape(n, keys.len());
        if packs {
            scratch.scores.set_product(q, n, &scratch.keys);
        } else {
            multiply_rows(q, n, self.k.skip(keys.start), keys.len(), &mut scratch.scores);
        }
        let is_first = seen.start >= keys.start;
        self.weigh(in_group, queries, keys.clone(), is_first, scratch);
        let weights = scratch.scores.rows(keys.len());
        if packs {
            scratch.sums.add_product(first_row, weights, n, &scratch.values);
        } else {
            add_rows(weights, n, self.v.skip(keys.start), first_row, &mut scratch.sums);
        }
    }

    /// Makes weights of scores, after bringing what is there already to the new maxima.
    fn weigh(
        &self,
        in_group: usize,
        queries: Range<usize>,
        keys: Range<usize>,
        is_first: bool,
        scratch: &mut Scratch<T>,
    ) {
        let Scratch { scores, sums, normalizers, lines, .. } = scratch;
        let plan = self.plan;
        let in_chunk = queries.start - self.queries.start;
        let scale = T::from_f64(plan.scale);
        let line = head_line(self.line(), lines, in_group);
        let head = self.first_head + in_group;
        dispatch(
            #[inline(always)]
            || {
                for (row, i) in queries.enumerate() {
                    let scores = scores.row_mut(row);
                    let visible = within(plan.visible(self.n_q, self.n_k, i), &keys);
                    if visible.is_empty() {
                        scores.fill(T::zero());
                        continue;
                    }
                    let start = self.line().start(i, keys.start);
                    rows::scale(scores, scale, line.map(|line| &line[start..][..scores.len()]));
                    rows::hide(scores, &visible, T::NEG_INFINITY);
                    let at = in_chunk + row;
                    let [largest, sum] = &mut normalizers[in_group * self.queries.len() + at];
                    let new = largest.larger(rows::largest(scores));
                    let added = rows::exponentials(scores, new);
                    if is_first {
                        *sum = added;
                    } else {
                        let factor = (*largest - new).exp();
                        *sum = factor.fma(*sum, added);
                        for x in sums.row_mut(in_group * self.head_rows + at) {
                            *x *= factor;
                        }
                    }
                    *largest = new;
                    if let Some(dropped) = plan.dropped {
                        let number = head * plan.q_offsets.n_tokens() + self.first_token + i;
                        rows::drop(scores, dropped, number, keys.start);
                    }
                }
            },
        );
    }

    /// Divides the sums and writes them where they belong.
    fn finish(
        &self,
        scratch: &Scratch<T>,
        out: &mut [&mut [T]],
        first_column: usize,
        kept: &mut [Normalizer<T>],
    ) {
        let head_dim = self.plan.head_dim;
        let n = self.queries.len();
        let per_row = |in_group: usize, row: usize| {
            let [largest, sum] = scratch.normalizers[in_group * n + row];
            let i = self.queries.start + row;
            let sees_nothing = self.plan.visible(self.n_q, self.n_k, i).is_empty();
            [largest, if sees_nothing { T::zero() } else { T::one() / sum }]
        };
        dispatch(
            #[inline(always)]
            || {
                for (row, out) in out.iter_mut().enumerate() {
                    let heads = out[first_column..].chunks_exact_mut(head_dim);
                    for (in_group, out) in heads.take(self.q.len()).enumerate() {
                        let [_, factor] = per_row(in_group, row);
                        let sums = scratch.sums.row(in_group * self.head_rows + row);
                        for (out, &sum) in out.iter_mut().zip(sums) {
                            *out = sum * factor;
                        }
                    }
                }
            },
        );
        for (at, kept) in kept.iter_mut().enumerate() {
            *kept = per_row(at / n, at % n);
        }
    }
}

/// What of `visible` lies in a tile, counted from the tile's first key.
#[inline(always)]
pub(super) fn within(visible: Range<usize>, keys: &Range<usize>) -> Range<usize> {
    let start = visible.start.max(keys.start);
    let end = visible.end.min(keys.end).max(start);
    start - keys.start..end - keys.start
}

/// The lines of all heads that share a head of keys, one after the other; empty without biases.
pub(super) fn fill_lines<T: Element>(
    plan: &Plan,
    line: Line,
    first_head: usize,
    table: &[T],
    lines: &mut Vec<T>,
) {
    lines.clear();
    if matches!(plan.distances, Distances::Ignored) {
        return;
    }
    let len = line.len(LANES);
    lines.resize(plan.group() * len, T::zero());
    for (in_group, values) in lines.chunks_exact_mut(len).enumerate() {
        line.fill(&plan.distances, first_head + in_group, table, values);
    }
}

/// The line of one of these heads.
pub(super) fn head_line<T>(line: Line, lines: &[T], in_group: usize) -> Option<&[T]> {
    let len = line.len(LANES);
    lines.get(in_group * len..(in_group + 1) * len)
}

/// `out = a · bᵀ`, row by row.
fn multiply_rows<T: Product>(
    a: Rows<'_, T>,
    n: usize,
    b: Rows<'_, T>,
    n_b: usize,
    out: &mut Tile<T>,
) {
    dispatch(
        #[inline(always)]
        || {
            for i in 0..n {
                let (a, out) = (a.row(i), out.row_mut(i));
                for (j, out) in out[..n_b].iter_mut().enumerate() {
                    *out = rows::dot(a, b.row(j));
                }
                out[n_b..].fill(T::zero());
            }
        },
    );
}

/// Adds `a · b` to the rows from `first` on, row by row.
fn add_rows<T: Product>(a: Rows<'_, T>, n: usize, b: Rows<'_, T>, first: usize, out: &mut Tile<T>) {
    dispatch(
        #[inline(always)]
        || {
            for i in 0..n {
                let out = out.row_mut(first + i);
                for (j, &weight) in a.row(i).iter().enumerate() {
                    axpy(weight, b.row(j), out);
                }
            }
        },
    );
}
