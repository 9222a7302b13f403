//! Some queries of a sentence, tile of keys by tile of keys.

use std::ops::Range;

use super::{KEYS, Normalizer, QUERIES};
use crate::attention::lines::{Line, fill_lines, head_line};
use crate::attention::operands::{KeyValue, Operands};
use crate::attention::plan::{Plan, within};
use crate::attention::product::Product;
use crate::attention::rows;
use crate::attention::tile::{Panels, ROWS, Rows, Tile};
use crate::element::Element;
use crate::simd::{axpy, dispatch};

/// What a thread works with.
pub(super) struct Scratch<T> {
    keys: Panels<T>,
    values: Panels<T>,
    scores: Tile<T>,
    sums: Tile<T>,
    normalizers: Vec<Normalizer<T>>,
    lines: Vec<T>,
}

impl<T: Element> Scratch<T> {
    pub(super) fn new() -> Self {
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

/// Some queries of a sentence, over the heads that share a head of keys.
pub(super) struct Chunk<'a, T> {
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
    pub(super) fn new(
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

    /// Leaves the weighted sums, not yet divided, and the normalizers in the scratch.
    pub(super) fn attend(&self, table: &[T], scratch: &mut Scratch<T>) {
        let group = self.plan.group();
        fill_lines(self.plan, self.line(), self.first_head, table, &mut scratch.lines);
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
                    let bias = line.map(|line| &line[start..][..scores.len()]);
                    rows::hide(scores, &visible, T::NEG_INFINITY);
                    let found = rows::scale(scores, scale, bias);
                    let at = in_chunk + row;
                    let [largest, sum] = &mut normalizers[in_group * self.queries.len() + at];
                    let new = largest.larger(found);
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
    pub(super) fn finish(
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
