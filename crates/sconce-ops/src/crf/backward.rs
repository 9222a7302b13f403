//! The backward algorithm: the probabilities of labels and of transitions, which are the gradient
//! of the log-sum.

use std::ops::Range;

use super::chain::Chain;
use super::log_matrix::{LogMatrix, log_sum_exp, normalize, padded};
use crate::element::Element;
use crate::offsets::Offsets;
use crate::simd::{axpy, dispatch};
use rayon::prelude::*;

/// Tokens whose gradients of the weights one task adds up.
const TOKENS: usize = 256;

/// The largest logarithm of a factor of [`Sums::products`]. Beyond it, its products would have
/// parts that vanish before the factor makes them large again.
const LARGEST_LOG: f64 = 64.;

/// What the backward algorithm reads.
pub(super) struct Backward<'a, T> {
    pub(super) chain: &'a Chain<T>,
    pub(super) offsets: &'a Offsets,
    /// `(n_tokens, n_labels)`.
    pub(super) emissions: &'a [T],
    /// Of [`Forward`](super::forward::Forward), `(n_tokens, n_labels)`.
    pub(super) prefixes: &'a [T],
    /// The path that the sentences should take, one tag for each token; none for the probabilities
    /// alone.
    pub(super) tags: Option<&'a [u32]>,
    /// What each sentence's log-sum counts.
    pub(super) upstream: &'a [T],
}

/// Gradients of the three weights.
pub(super) struct WeightGradients<T> {
    /// `(from, to)`.
    pub(super) transitions: Vec<T>,
    pub(super) starts: Vec<T>,
    pub(super) ends: Vec<T>,
}

/// Gradients of some sentences on the way.
struct Sums<T> {
    gradients: WeightGradients<T>,
    /// `(from, padded to)`: what is still to be multiplied by `exp(transition - shift)`.
    products: Vec<T>,
}

/// Both orientations of the transitions.
struct Matrices<T> {
    forward: LogMatrix<T>,
    backward: LogMatrix<T>,
}

impl<T: Element> Backward<'_, T> {
    /// Gradients of the emissions, and of the weights if they are wanted.
    pub(super) fn run(&self, with_weights: bool) -> (Vec<T>, Option<WeightGradients<T>>) {
        let (n, chain) = (self.chain.n_labels, self.chain);
        let matrices = Matrices {
            forward: LogMatrix::new(n, |from, to| chain.transition(from, to)),
            backward: LogMatrix::new(n, |to, from| chain.transition(from, to)),
        };
        let mut out = vec![T::zero(); self.emissions.len()];
        let groups = self.offsets.groups(TOKENS);
        let mut rows = self.offsets.split(&mut out, n).into_iter();
        let pieces: Vec<Vec<&mut [T]>> =
            groups.iter().map(|rows_of| rows.by_ref().take(rows_of.len()).collect()).collect();
        let sums: Vec<Option<Sums<T>>> = groups
            .into_par_iter()
            .zip(pieces)
            .map(|(rows, outs)| {
                let mut sums = with_weights.then(|| Sums::new(n));
                for (row, out) in rows.zip(outs) {
                    self.row(&matrices, row, out, sums.as_mut());
                }
                sums
            })
            .collect();
        let weights = with_weights.then(|| Sums::total(n, sums).finish(&matrices.forward));
        (out, weights)
    }

    fn row(
        &self,
        matrices: &Matrices<T>,
        row: usize,
        out: &mut [T],
        mut sums: Option<&mut Sums<T>>,
    ) {
        let tokens = self.offsets.range(row);
        if tokens.is_empty() {
            return;
        }
        let upstream = self.upstream[row];
        dispatch(
            #[inline(always)]
            || self.sentence(matrices, tokens.clone(), upstream, out, sums.as_deref_mut()),
        );
        if let Some(tags) = self.tags {
            let tags = &tags[tokens];
            for (out, &tag) in out.chunks_exact_mut(self.chain.n_labels).zip(tags) {
                out[tag as usize] -= upstream;
            }
            if let Some(sums) = sums {
                sums.gradients.subtract_path(tags, upstream);
            }
        }
    }

    /// Walks from the last token to the first with `suffix[i]`, the log of the sum over all that
    /// may follow label `i`. Its scale does not matter: the probabilities of a token add up to 1.
    #[inline(always)]
    fn sentence(
        &self,
        matrices: &Matrices<T>,
        tokens: Range<usize>,
        upstream: T,
        out: &mut [T],
        mut sums: Option<&mut Sums<T>>,
    ) {
        let n = self.chain.n_labels;
        let mut suffix = vec![T::NEG_INFINITY; padded(n)];
        suffix[..n].copy_from_slice(&self.chain.ends);
        // The same with the token's own emission, of the token after.
        let mut following = vec![T::NEG_INFINITY; padded(n)];
        let mut powers = vec![T::zero(); padded(n)];
        let (first, last) = (tokens.start, tokens.end - 1);
        for (token, out) in tokens.zip(out.chunks_exact_mut(n)).rev() {
            let prefix = &self.prefixes[token * n..][..n];
            for ((out, &a), &b) in out.iter_mut().zip(prefix).zip(&suffix) {
                *out = a + b;
            }
            let log_sum = log_sum_exp(out);
            for out in &mut *out {
                *out = upstream * (*out - log_sum).exp();
            }
            if let Some(sums) = &mut sums {
                if token == last {
                    axpy(T::one(), out, &mut sums.gradients.ends);
                } else {
                    let pair = Pair { prefix, following: &following, log_sum };
                    sums.add(&pair, &matrices.forward, upstream, &mut powers);
                }
                if token == first {
                    axpy(T::one(), out, &mut sums.gradients.starts);
                }
            }
            if token > first {
                let emissions = &self.emissions[token * n..][..n];
                for ((x, &suffix), &emission) in following.iter_mut().zip(&suffix).zip(emissions) {
                    *x = suffix + emission;
                }
                normalize(&mut following);
                for (power, &x) in powers.iter_mut().zip(&following) {
                    *power = x.exp();
                }
                matrices.backward.product(&following, &powers, &mut suffix);
            }
        }
    }
}

/// Two neighbouring tokens: the probability of `i` and then `j` is
/// `exp(prefix[i] + transition[i, j] + following[j] - log_sum)`.
struct Pair<'a, T> {
    prefix: &'a [T],
    following: &'a [T],
    log_sum: T,
}

impl<T: Element> Sums<T> {
    fn new(n: usize) -> Self {
        let zeros = |n| vec![T::zero(); n];
        let gradients =
            WeightGradients { transitions: zeros(n * n), starts: zeros(n), ends: zeros(n) };
        Self { gradients, products: zeros(n * padded(n)) }
    }

    /// Adds the probabilities of all pairs of labels, times `upstream`, as products of a factor of
    /// the first and one of the second.
    #[inline(always)]
    fn add(&mut self, pair: &Pair<'_, T>, matrix: &LogMatrix<T>, upstream: T, factors: &mut [T]) {
        let &Pair { prefix, following, log_sum } = pair;
        let largest = T::from_f64(LARGEST_LOG);
        let mut is_large = false;
        let inputs = following.iter().zip(matrix.shifts());
        for (factor, (&x, &shift)) in factors.iter_mut().zip(inputs) {
            let log = x + shift - log_sum;
            // False of NaN, which goes through.
            is_large |= log > largest;
            *factor = log.exp();
        }
        if is_large {
            self.add_exactly(pair, matrix, upstream);
            return;
        }
        for (&a, products) in prefix.iter().zip(self.products.chunks_exact_mut(factors.len())) {
            axpy(upstream * a.exp(), factors, products);
        }
    }

    /// The same, each probability by its own exponential.
    #[cold]
    fn add_exactly(&mut self, pair: &Pair<'_, T>, matrix: &LogMatrix<T>, upstream: T) {
        let n = pair.prefix.len();
        for (to, &following) in pair.following[..n].iter().enumerate() {
            let scores = pair.prefix.iter().zip(matrix.scores_into(to));
            for (from, (&prefix, &score)) in scores.enumerate() {
                let probability = (prefix + score + following - pair.log_sum).exp();
                self.gradients.transitions[from * n + to] += upstream * probability;
            }
        }
    }

    /// Adds up the sums of all groups, in their order.
    fn total(n: usize, parts: Vec<Option<Self>>) -> Self {
        parts
            .into_iter()
            .flatten()
            .reduce(|mut total, part| {
                let (a, b) = (&mut total.gradients, &part.gradients);
                for (sum, part) in [
                    (&mut a.transitions, &b.transitions),
                    (&mut a.starts, &b.starts),
                    (&mut a.ends, &b.ends),
                    (&mut total.products, &part.products),
                ] {
                    axpy(T::one(), part, sum);
                }
                total
            })
            .unwrap_or_else(|| Self::new(n))
    }

    fn finish(self, matrix: &LogMatrix<T>) -> WeightGradients<T> {
        let Self { mut gradients, products } = self;
        let n = gradients.starts.len();
        for (from, products) in products.chunks_exact(padded(n).max(1)).enumerate() {
            for (to, &product) in products.iter().enumerate().take(n) {
                gradients.transitions[from * n + to] += product * matrix.exponential(from, to);
            }
        }
        gradients
    }
}

impl<T: Element> WeightGradients<T> {
    fn subtract_path(&mut self, tags: &[u32], upstream: T) {
        let n = self.starts.len();
        let subtract = |sum: &mut T| *sum -= upstream;
        if let (Some(&first), Some(&last)) = (tags.first(), tags.last()) {
            subtract(&mut self.starts[first as usize]);
            subtract(&mut self.ends[last as usize]);
        }
        for pair in tags.windows(2) {
            subtract(&mut self.transitions[pair[0] as usize * n + pair[1] as usize]);
        }
    }
}
