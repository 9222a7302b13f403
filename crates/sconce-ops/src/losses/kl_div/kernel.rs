//! Rows forward and backward.

use rayon::prelude::*;

use super::Kind;
use crate::cross_entropy::Online;
use crate::element::Element;
use crate::rows::rows_per_task;
use crate::simd::{dispatch, sum};

/// What is kept of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stats {
    pub(super) loss: f64,
    /// Largest logit and `Σ exp(x - largest)`.
    x: (f64, f64),
    /// The same of the targets' logits; of probabilities, 0 and their sum.
    targets: (f64, f64),
}

/// The divergence of each of `n` rows.
pub(super) fn forward<T: Element>(
    kind: Kind,
    x: &[T],
    targets: &[T],
    (n, n_labels): (usize, usize),
) -> Vec<Stats> {
    let n_rows = rows_per_task(n_labels);
    let length = n_labels.max(1);
    let mut stats = vec![Stats::default(); n];
    let tasks = stats.par_chunks_mut(n_rows).zip(x.par_chunks(n_rows * length));
    tasks.zip(targets.par_chunks(n_rows * length)).for_each(|((stats, x), targets)| {
        dispatch(
            #[inline(always)]
            || {
                let mut terms = vec![T::zero(); length];
                let rows = x.chunks_exact(length).zip(targets.chunks_exact(length));
                for (stats, (x, targets)) in stats.iter_mut().zip(rows) {
                    *stats = forward_row(kind, x, targets, &mut terms);
                }
            },
        );
    });
    stats
}

#[inline(always)]
fn forward_row<T: Element>(kind: Kind, x: &[T], targets: &[T], terms: &mut [T]) -> Stats {
    let x_stats = Online::of(x);
    let targets_stats = match kind {
        Kind::Probs => (T::zero(), sum(targets).to_f64()),
        Kind::Logits => Online::of(targets),
    };
    let log_x = x_stats.1.ln();
    let largest = x_stats.0;
    let loss = match kind {
        Kind::Probs => {
            // The logarithms one by one, the rest of the sum as a whole.
            for ((term, &x), &t) in terms.iter_mut().zip(x).zip(targets) {
                let term_here = t * (t.ln() - (x - largest));
                *term = if t == T::zero() { T::zero() } else { term_here };
            }
            sum(terms).to_f64() + targets_stats.1 * log_x
        }
        Kind::Logits => {
            let shift = targets_stats.0;
            for ((term, &x), &y) in terms.iter_mut().zip(x).zip(targets) {
                let e = (y - shift).exp();
                let term_here = e * ((y - shift) - (x - largest));
                *term = if e == T::zero() { T::zero() } else { term_here };
            }
            sum(terms).to_f64() / targets_stats.1 + log_x - targets_stats.1.ln()
        }
    };
    let wide = |(largest, total): (T, f64)| (largest.to_f64(), total);
    Stats { loss, x: wide(x_stats), targets: wide(targets_stats) }
}

/// The operands again, what was kept of their rows, and the gradients of the rows' losses.
pub(super) struct Rows<'a, T> {
    pub(super) kind: Kind,
    pub(super) x: &'a [T],
    pub(super) targets: &'a [T],
    pub(super) n_labels: usize,
    pub(super) stats: &'a [Stats],
    pub(super) scales: &'a [f64],
}

impl<T: Element> Rows<'_, T> {
    /// `softmax(x) · Σ t - t` times each row's scale.
    pub(super) fn gradient(&self) -> Vec<T> {
        self.by_row(
            #[inline(always)]
            |row, x, targets, out| {
                let stats = self.stats[row];
                let scale = self.scales[row];
                let (x_largest, y_largest) = (T::from_f64(stats.x.0), T::from_f64(stats.targets.0));
                match self.kind {
                    Kind::Probs => {
                        let factor = T::from_f64(scale * stats.targets.1 / stats.x.1);
                        let scale = T::from_f64(scale);
                        for ((out, &x), &t) in out.iter_mut().zip(x).zip(targets) {
                            *out = (x - x_largest).exp() * factor - t * scale;
                        }
                    }
                    Kind::Logits => {
                        let factor = T::from_f64(scale / stats.x.1);
                        let of_targets = T::from_f64(scale / stats.targets.1);
                        for ((out, &x), &y) in out.iter_mut().zip(x).zip(targets) {
                            let target = (y - y_largest).exp() * of_targets;
                            *out = (x - x_largest).exp() * factor - target;
                        }
                    }
                }
            },
        )
    }

    /// Of targets that are logits: `t · (ln t - log softmax(x) - loss)` times each row's scale.
    pub(super) fn target_gradient(&self) -> Vec<T> {
        self.by_row(
            #[inline(always)]
            |row, x, targets, out| {
                let stats = self.stats[row];
                let (x_largest, y_largest) = (T::from_f64(stats.x.0), T::from_f64(stats.targets.0));
                let factor = T::from_f64(self.scales[row] / stats.targets.1);
                let offset = T::from_f64(stats.x.1.ln() - stats.targets.1.ln() - stats.loss);
                for ((out, &x), &y) in out.iter_mut().zip(x).zip(targets) {
                    let e = (y - y_largest).exp();
                    let slope = e * factor * ((y - y_largest) - (x - x_largest) + offset);
                    *out = if e == T::zero() { T::zero() } else { slope };
                }
            },
        )
    }

    /// Writes each row of a gradient: its number, the operands' rows, and the output's.
    fn by_row(&self, body: impl Fn(usize, &[T], &[T], &mut [T]) + Sync) -> Vec<T> {
        let n_rows = rows_per_task(self.n_labels);
        let length = self.n_labels.max(1);
        let mut out = vec![T::zero(); self.x.len()];
        out.par_chunks_mut(n_rows * length).enumerate().for_each(|(task, out)| {
            dispatch(
                #[inline(always)]
                || {
                    for (i, out) in out.chunks_exact_mut(length).enumerate() {
                        let row = task * n_rows + i;
                        let at = row * length..(row + 1) * length;
                        body(row, &self.x[at.clone()], &self.targets[at], out);
                    }
                },
            );
        });
        out
    }
}
