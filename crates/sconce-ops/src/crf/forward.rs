//! The forward algorithm: the logarithm of the sum over all paths.

use super::chain::Chain;
use super::log_matrix::{LogMatrix, log_sum_exp, normalize, padded};
use crate::element::Element;
use crate::offsets::Offsets;
use crate::simd::dispatch;
use rayon::prelude::*;

/// Sentences that are worth a task of their own.
const SENTENCES: usize = 4;

/// What the forward algorithm leaves.
pub(super) struct Forward<T> {
    /// The log of the sum over all paths of each sentence; 0 of one without tokens.
    pub(super) log_sums: Vec<f64>,
    /// `(n_tokens, n_labels)`: the log of the sum over all paths up to each token and label, less
    /// that token's largest. Empty if nobody asked.
    pub(super) prefixes: Vec<T>,
}

impl<T: Element> Forward<T> {
    pub(super) fn run(
        chain: &Chain<T>,
        emissions: &[T],
        offsets: &Offsets,
        keep_prefixes: bool,
    ) -> Self {
        let n = chain.n_labels;
        let matrix = LogMatrix::new(n, |from, to| chain.transition(from, to));
        let mut log_sums = vec![0.; offsets.n_rows()];
        let mut prefixes = vec![T::zero(); if keep_prefixes { emissions.len() } else { 0 }];
        let kept: Vec<&mut [T]> = if keep_prefixes {
            offsets.split(&mut prefixes, n)
        } else {
            offsets.iter().map(|_| &mut [][..]).collect()
        };
        let rows = log_sums.par_iter_mut().zip(kept).enumerate().with_min_len(SENTENCES);
        rows.for_each(|(row, (log_sum, prefixes))| {
            let tokens = offsets.range(row);
            if !tokens.is_empty() {
                let emissions = &emissions[tokens.start * n..tokens.end * n];
                *log_sum = dispatch(
                    #[inline(always)]
                    || sentence(chain, &matrix, emissions, prefixes),
                );
            }
        });
        Self { log_sums, prefixes }
    }
}

/// `a[t, j] = e[t, j] + ln Σ_i exp(a[t - 1, i] + transition[i, j])`, less its largest at each token,
/// which are added up in `f64`.
#[inline(always)]
fn sentence<T: Element>(
    chain: &Chain<T>,
    matrix: &LogMatrix<T>,
    emissions: &[T],
    prefixes: &mut [T],
) -> f64 {
    let n = chain.n_labels;
    let mut prefix = vec![T::NEG_INFINITY; padded(n)];
    let mut next = prefix.clone();
    let mut powers = vec![T::zero(); padded(n)];
    let mut scale = 0.;
    let mut kept = prefixes.chunks_exact_mut(n);
    for (token, emissions) in emissions.chunks_exact(n).enumerate() {
        if token == 0 {
            prefix[..n].copy_from_slice(&chain.starts);
        } else {
            for (power, &x) in powers.iter_mut().zip(&prefix) {
                *power = x.exp();
            }
            matrix.product(&prefix, &powers, &mut next);
            std::mem::swap(&mut prefix, &mut next);
        }
        for (x, &emission) in prefix.iter_mut().zip(emissions) {
            *x += emission;
        }
        scale += normalize(&mut prefix).to_f64();
        if let Some(kept) = kept.next() {
            kept.copy_from_slice(&prefix[..n]);
        }
    }
    for (x, &end) in prefix.iter_mut().zip(&chain.ends) {
        *x += end;
    }
    scale + log_sum_exp(&prefix[..n]).to_f64()
}
