//! Steps of a parameter whose gradient comes as rows.

use super::blocks::{BLOCK, Part, middle};
use super::elementwise::{Rule, Step};
use crate::simd::dispatch;

/// Which rows without a gradient take the step with gradient zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coast {
    None,
    /// Those that ever had a gradient.
    Touched,
    All,
}

/// What happens to the rows without a gradient.
#[derive(Debug, Clone, Copy)]
pub(super) struct Others {
    pub(super) coast: Coast,
    /// Factor of those that do not coast.
    pub(super) keep: f32,
}

/// A step whose gradient is zero outside `rows`, which rise.
pub(super) struct RowStep<'a> {
    pub(super) rows: &'a [u32],
    /// One row for each of `rows`.
    pub(super) gradient: &'a [f32],
    /// Elements of a row.
    pub(super) dim: usize,
    pub(super) others: Others,
}

impl RowStep<'_> {
    /// Updates consecutive rows, the first of which is row `first` of the parameter; `touched` are
    /// those that ever had a gradient.
    pub(super) fn run<const N: usize, R: Rule<N>>(
        &self,
        part: Part<'_, N>,
        touched: &mut [bool],
        first: usize,
        step: &Step<R>,
    ) {
        let rows_a_block = (BLOCK / self.dim.max(1)).max(1);
        let n_rows = part.values.len() / self.dim.max(1);
        if n_rows > rows_a_block {
            let middle = middle(n_rows, rows_a_block);
            let (head, tail) = part.split(middle * self.dim);
            // A rule without state has no rows to remember.
            let (in_head, in_tail) = touched.split_at_mut(middle.min(touched.len()));
            rayon::join(
                || self.run(head, in_head, first, step),
                || self.run(tail, in_tail, first + middle, step),
            );
            return;
        }
        let begin = self.rows.partition_point(|&row| (row as usize) < first);
        let end = self.rows.partition_point(|&row| (row as usize) < first + n_rows);
        let mut block = Block { part, touched, dim: self.dim, others: self.others };
        dispatch(
            #[inline(always)]
            || {
                let gradient = &self.gradient[begin * self.dim..end * self.dim];
                block.update(n_rows, first, &self.rows[begin..end], gradient, step);
            },
        );
    }
}

/// Some consecutive rows of a parameter.
struct Block<'a, const N: usize> {
    part: Part<'a, N>,
    touched: &'a mut [bool],
    dim: usize,
    others: Others,
}

impl<const N: usize> Block<'_, N> {
    /// Updates the rows; `rows` and `gradient` are those among them that have a gradient.
    #[inline(always)]
    fn update<R: Rule<N>>(
        &mut self,
        n_rows: usize,
        first: usize,
        rows: &[u32],
        gradient: &[f32],
        step: &Step<R>,
    ) {
        let mut done = 0;
        for (&row, gradient) in rows.iter().zip(gradient.chunks_exact(self.dim)) {
            let row = row as usize - first;
            self.pass_over(done..row, step);
            step.sweep(self.part.range(row * self.dim..(row + 1) * self.dim), gradient);
            if let Some(touched) = self.touched.get_mut(row) {
                *touched = true;
            }
            done = row + 1;
        }
        self.pass_over(done..n_rows, step);
    }

    #[inline(always)]
    fn coasts(&self, row: usize) -> bool {
        match self.others.coast {
            Coast::None => false,
            Coast::Touched => self.touched.get(row).is_none_or(|&touched| touched),
            Coast::All => true,
        }
    }

    /// Updates rows without a gradient. Neighbours in the same state go as one run: the shorter a
    /// run, the more of it is left over by whole vectors.
    #[inline(always)]
    fn pass_over<R: Rule<N>>(&mut self, rows: std::ops::Range<usize>, step: &Step<R>) {
        if self.others.coast == Coast::None && self.others.keep == 1. {
            return;
        }
        let mut row = rows.start;
        while row < rows.end {
            let coasts = self.coasts(row);
            let end = (row..rows.end).find(|&row| self.coasts(row) != coasts).unwrap_or(rows.end);
            let run = self.part.range(row * self.dim..end * self.dim);
            if coasts {
                step.coast(run);
            } else if self.others.keep != 1. {
                for p in run.values {
                    *p *= self.others.keep;
                }
            }
            row = end;
        }
    }
}
