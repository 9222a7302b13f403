//! Biases laid out so that those of a query are a slice.

use std::ops::Range;

use super::bias::{Columns, Distances};
use super::plan::Plan;
use super::tile::LANES;
use crate::element::Element;

/// The biases of one head over all distances of a sentence: a *line* from which the biases of a
/// query are a slice, since its distances follow one another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    n_q: usize,
    n_k: usize,
}

impl Line {
    pub(super) fn new(n_q: usize, n_k: usize) -> Self {
        Self { n_q, n_k }
    }

    /// Elements of a line; `padding` more than there are distances.
    pub(super) fn len(self, padding: usize) -> usize {
        self.n_q + self.n_k + padding
    }

    /// Where the biases of query `i` begin for the keys from `first_key` on.
    #[inline(always)]
    pub(super) fn start(self, i: usize, first_key: usize) -> usize {
        self.n_q - 1 - i + first_key
    }

    /// The distance of each element that has one.
    fn distances(self) -> Range<isize> {
        let first = 1 - self.n_k as isize;
        first..first + (self.n_q + self.n_k) as isize - 1
    }

    /// Writes the biases of one head.
    pub(super) fn fill<T: Element>(
        self,
        distances: &Distances,
        head: usize,
        table: &[T],
        line: &mut [T],
    ) {
        match distances {
            Distances::Ignored => {}
            Distances::Linear(slopes) => {
                let slope = -f64::from(slopes[head]);
                for (bias, distance) in line.iter_mut().zip(self.distances()) {
                    *bias = T::from_f64(slope * distance.unsigned_abs() as f64);
                }
            }
            Distances::Table(columns) => {
                let row = &table[head * columns.n_columns()..][..columns.n_columns()];
                for (bias, distance) in line.iter_mut().zip(self.distances()) {
                    *bias = row[columns.at(distance)];
                }
            }
        }
    }

    /// Adds the gradient of a line to the gradient of its head's row of the table.
    pub(super) fn scatter<T: Element>(self, columns: &Columns, line: &[T], row: &mut [T]) {
        for (&gradient, distance) in line.iter().zip(self.distances()) {
            row[columns.at(distance)] += gradient;
        }
    }
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
