//! The gradients of one head of keys of one sentence, and of the heads of queries that share it.

use std::ops::Range;

use super::{Pieces, Task, Upstream};
use crate::attention::bias::Distances;
use crate::attention::forward::{KEYS, Normalizer, QUERIES};
use crate::attention::lines::{Line, fill_lines, head_line};
use crate::attention::operands::Heads;
use crate::attention::plan::{Plan, within};
use crate::attention::product::Product;
use crate::attention::rows;
use crate::attention::tile::{LANES, Panels, ROWS, Rows, Tile};
use crate::simd::dispatch;

/// What a thread works with.
pub(super) struct Scratch<T> {
    keys_transposed: Panels<T>,
    values_transposed: Panels<T>,
    keys: Panels<T>,
    queries: Panels<T>,
    upstream: Panels<T>,
    weights: Tile<T>,
    scores: Tile<T>,
    dq: Tile<T>,
    dk: Tile<T>,
    dv: Tile<T>,
    /// `g[i] · out[i]` of each head and query.
    means: Vec<T>,
    lines: Vec<T>,
    line_gradients: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self {
            keys_transposed: Panels::default(),
            values_transposed: Panels::default(),
            keys: Panels::default(),
            queries: Panels::default(),
            upstream: Panels::default(),
            weights: Tile::default(),
            scores: Tile::default(),
            dq: Tile::default(),
            dk: Tile::default(),
            dv: Tile::default(),
            means: Vec::new(),
            lines: Vec::new(),
            line_gradients: Vec::new(),
        }
    }
}

/// The gradients that are computed.
#[derive(Clone, Copy)]
struct Wants {
    q: bool,
    k: bool,
    v: bool,
}

/// A head of keys with the heads of queries that share it.
pub(super) struct Head<'a, T> {
    plan: &'a Plan,
    /// Of each head of queries.
    q: Vec<Rows<'a, T>>,
    out: Vec<Rows<'a, T>>,
    gradient: Vec<Rows<'a, T>>,
    k: Rows<'a, T>,
    v: Rows<'a, T>,
    table: &'a [T],
    normalizers: &'a [Normalizer<T>],
    first_token: usize,
    first_head: usize,
    n_q: usize,
    n_k: usize,
    /// Rows of gradients between one head and the next.
    head_rows: usize,
}

impl<'a, T: Product> Head<'a, T> {
    pub(super) fn new(
        plan: &'a Plan,
        upstream: &Upstream<'a, T>,
        sentence: usize,
        kv_head: usize,
    ) -> Self {
        let tokens = plan.q_offsets.range(sentence);
        let kv = upstream.operands.kv[sentence];
        let first_head = kv_head * plan.group();
        let rows = |heads: Heads<'a, T>| -> Vec<Rows<'a, T>> {
            let heads = heads.skip(tokens.start);
            (first_head..first_head + plan.group()).map(|head| heads.head(head)).collect()
        };
        let packed = |data| Heads::packed(data, plan.q_width(), 0, plan.head_dim);
        let n_q = tokens.len();
        let kept = tokens.start * plan.n_heads + first_head * n_q;
        Self {
            plan,
            q: rows(upstream.operands.q),
            out: rows(packed(upstream.out)),
            gradient: rows(packed(upstream.gradient)),
            k: kv.k.head(kv_head),
            v: kv.v.head(kv_head),
            table: upstream.operands.table,
            normalizers: &upstream.normalizers[kept..][..plan.group() * n_q],
            first_token: tokens.start,
            first_head,
            n_q,
            n_k: kv.n,
            head_rows: n_q.next_multiple_of(ROWS),
        }
    }

    fn line(&self) -> Line {
        Line::new(self.n_q, self.n_k)
    }

    /// Writes the gradients of this head, the `in_task`-th of its task, and adds those of its rows
    /// of the table, from which nothing is wanted if it is empty.
    pub(super) fn run(
        &self,
        task: &mut Task<'_, T>,
        in_task: usize,
        table: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        let (group, head_dim) = (self.q.len(), self.plan.head_dim);
        fill_lines(self.plan, self.line(), self.first_head, self.table, &mut scratch.lines);
        scratch.line_gradients.clear();
        if !table.is_empty() {
            scratch.line_gradients.resize(scratch.lines.len(), T::zero());
        }
        self.fill_means(&mut scratch.means);
        scratch.dq.reset(group * self.head_rows, head_dim);
        let scale = T::from_f64(self.plan.scale);
        let wants = Wants { q: !task.q.is_empty(), k: !task.k.is_empty(), v: !task.v.is_empty() };
        for first in (0..self.n_k).step_by(KEYS) {
            let keys = first..(first + KEYS).min(self.n_k);
            self.keys(keys.clone(), wants, scratch);
            let columns = in_task * head_dim..(in_task + 1) * head_dim;
            write(&mut task.k, keys.clone(), (&scratch.dk, 0), columns.clone(), scale);
            write(&mut task.v, keys, (&scratch.dv, 0), columns, T::one());
        }
        for in_group in 0..group {
            let column = (in_task * group + in_group) * head_dim;
            let sums = (&scratch.dq, in_group * self.head_rows);
            write(&mut task.q, 0..self.n_q, sums, column..column + head_dim, scale);
        }
        if let Distances::Table(columns) = &self.plan.distances
            && !table.is_empty()
        {
            let rows = table.chunks_exact_mut(columns.n_columns());
            let lines = scratch.line_gradients.chunks_exact(self.line().len(LANES));
            for (row, line) in rows.zip(lines) {
                self.line().scatter(columns, line, row);
            }
        }
    }

    fn fill_means(&self, means: &mut Vec<T>) {
        means.clear();
        means.resize(self.q.len() * self.n_q, T::zero());
        let heads = self.gradient.iter().zip(&self.out);
        for (means, (gradient, out)) in means.chunks_exact_mut(self.n_q.max(1)).zip(heads) {
            dispatch(
                #[inline(always)]
                || {
                    for (i, mean) in means.iter_mut().enumerate() {
                        *mean = rows::dot(gradient.row(i), out.row(i));
                    }
                },
            );
        }
    }

    /// The gradients of some keys and values, and what they add to those of the queries.
    fn keys(&self, keys: Range<usize>, wants: Wants, scratch: &mut Scratch<T>) {
        let (k, v) = (self.k.skip(keys.start), self.v.skip(keys.start));
        scratch.keys_transposed.pack_transposed(k, keys.len());
        scratch.values_transposed.pack_transposed(v, keys.len());
        scratch.keys.pack(k, keys.len());
        scratch.dk.reset(keys.len(), self.plan.head_dim);
        scratch.dv.reset(keys.len(), self.plan.head_dim);
        for in_group in 0..self.q.len() {
            for start in (0..self.n_q).step_by(QUERIES) {
                let queries = start..(start + QUERIES).min(self.n_q);
                self.tile(in_group, queries, keys.clone(), wants, scratch);
            }
        }
    }

    fn tile(
        &self,
        in_group: usize,
        queries: Range<usize>,
        keys: Range<usize>,
        wants: Wants,
        scratch: &mut Scratch<T>,
    ) {
        let seen = self.plan.visible_to_any(self.n_q, self.n_k, queries.clone());
        if seen.start >= keys.end || seen.end <= keys.start {
            return;
        }
        let n = queries.len();
        let q = self.q[in_group].skip(queries.start);
        let gradient = self.gradient[in_group].skip(queries.start);
        let first_row = in_group * self.head_rows + queries.start;
        scratch.weights.reshape(n, keys.len());
        scratch.weights.set_product(q, n, &scratch.keys_transposed);
        scratch.scores.reshape(n, keys.len());
        scratch.scores.set_product(gradient, n, &scratch.values_transposed);
        self.differentiate(in_group, queries, keys.clone(), scratch);
        if wants.v {
            scratch.upstream.pack(gradient, n);
            scratch.dv.add_transposed_product(&scratch.weights, keys.len(), &scratch.upstream);
        }
        if wants.k {
            scratch.queries.pack(q, n);
            scratch.dk.add_transposed_product(&scratch.scores, keys.len(), &scratch.queries);
        }
        if wants.q {
            scratch.dq.add_product(first_row, scratch.scores.rows(keys.len()), n, &scratch.keys);
        }
    }

    /// From scores in `weights` and `g[i] · v[j]` in `scores` to what values were weighted with and
    /// the gradients of the scores.
    fn differentiate(
        &self,
        in_group: usize,
        queries: Range<usize>,
        keys: Range<usize>,
        scratch: &mut Scratch<T>,
    ) {
        let Scratch { weights, scores, means, lines, line_gradients, .. } = scratch;
        let plan = self.plan;
        let scale = T::from_f64(plan.scale);
        let line = head_line(self.line(), lines, in_group);
        let line_len = self.line().len(LANES);
        dispatch(
            #[inline(always)]
            || {
                for (row, i) in queries.enumerate() {
                    let (weights, scores) = (weights.row_mut(row), scores.row_mut(row));
                    let visible = within(plan.visible(self.n_q, self.n_k, i), &keys);
                    if visible.is_empty() {
                        weights.fill(T::zero());
                        scores.fill(T::zero());
                        continue;
                    }
                    let start = self.line().start(i, keys.start);
                    let bias = line.map(|line| &line[start..][..weights.len()]);
                    let at = plan.normalizer(self.n_q, in_group, i);
                    rows::normalize(weights, scale, bias, self.normalizers[at]);
                    rows::hide(weights, &visible, T::zero());
                    let mean = means[in_group * self.n_q + i];
                    if let Some(dropped) = plan.dropped {
                        let head = self.first_head + in_group;
                        let number = head * plan.q_offsets.n_tokens() + self.first_token + i;
                        let place = (number, keys.start);
                        rows::dropped_score_gradient(weights, scores, mean, dropped, place);
                    } else {
                        rows::score_gradient(weights, scores, mean);
                    }
                    rows::hide(scores, &visible, T::zero());
                    if !line_gradients.is_empty() {
                        let line = &mut line_gradients[in_group * line_len + start..];
                        for (sum, &x) in line.iter_mut().zip(&*scores) {
                            *sum += x;
                        }
                    }
                }
            },
        );
    }
}

/// Writes rows of sums, times a factor, into columns of pieces; nothing if there are no pieces.
fn write<T: Product>(
    pieces: &mut Pieces<'_, T>,
    tokens: Range<usize>,
    (sums, first): (&Tile<T>, usize),
    columns: Range<usize>,
    factor: T,
) {
    let pieces = pieces.iter_mut().skip(tokens.start).take(tokens.len());
    dispatch(
        #[inline(always)]
        || {
            for (row, piece) in pieces.enumerate() {
                let out = &mut piece[columns.clone()];
                for (out, &sum) in out.iter_mut().zip(sums.row(first + row)) {
                    *out = sum * factor;
                }
            }
        },
    );
}
