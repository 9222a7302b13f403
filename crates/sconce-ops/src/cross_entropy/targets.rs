//! What each row's loss is made of.

use candle_core::{Result, bail};

use super::{CrossEntropy, IGNORE_INDEX};
use crate::element::Element;
use crate::simd::{dot, fold};

/// Targets that fit the logits, and what every (row, label) weighs in the loss.
pub(super) struct Targets {
    options: CrossEntropy,
    targets: Vec<u32>,
    n_labels: usize,
    /// Sum of the class weights.
    all_weights: f64,
}

/// A row's loss is `target · -log p[y] + each · Σ_l w[l] · -log p[l]`.
#[derive(Clone, Copy)]
pub(super) struct Shares {
    pub(super) label: usize,
    /// `(1 - ε) · w[y]`.
    pub(super) target: f64,
    /// `ε / n_labels`.
    pub(super) each: f64,
}

impl Targets {
    pub(super) fn new(
        op: &'static str,
        options: &CrossEntropy,
        targets: &[u32],
        (n, n_labels): (usize, usize),
    ) -> Result<Self> {
        let smoothing = options.label_smoothing;
        if !(0. ..=1.).contains(&smoothing) {
            bail!("{op}: label smoothing must be from 0 to 1, got {smoothing}");
        }
        if targets.len() != n {
            bail!("{op}: {n} rows of logits, {} targets", targets.len());
        }
        if let Some(at) = targets.iter().position(|&y| y != IGNORE_INDEX && y as usize >= n_labels)
        {
            bail!("{op}: target {} of row {at} is not below {n_labels}", targets[at]);
        }
        let weights = options.class_weights.as_deref();
        if let Some(weights) = weights.filter(|weights| weights.len() != n_labels) {
            bail!("{op}: {} class weights for {n_labels} labels", weights.len());
        }
        let all_weights =
            weights.map_or(n_labels as f64, |weights| weights.iter().map(|&w| f64::from(w)).sum());
        let (options, targets) = (options.clone(), targets.to_vec());
        Ok(Self { options, targets, n_labels, all_weights })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.targets.len()
    }

    pub(super) fn n_labels(&self) -> usize {
        self.n_labels
    }

    pub(super) fn smoothing(&self) -> f64 {
        self.options.label_smoothing
    }

    /// The rows that count, with their labels.
    pub(super) fn counted(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let targets = self.targets.iter().enumerate();
        targets.filter(|&(_, &y)| y != IGNORE_INDEX).map(|(row, &y)| (row, y as usize))
    }

    pub(super) fn class_weight(&self, label: usize) -> f64 {
        self.options.class_weights.as_deref().map_or(1., |weights| f64::from(weights[label]))
    }

    /// What a mean divides by: the weights of all targets that count.
    pub(super) fn total_weight(&self) -> f64 {
        self.counted().map(|(_, label)| self.class_weight(label)).sum()
    }

    /// The shares of a row; none if it is ignored.
    pub(super) fn shares(&self, row: usize) -> Option<Shares> {
        let label = self.targets[row];
        (label != IGNORE_INDEX).then(|| {
            let (label, smoothing) = (label as usize, self.smoothing());
            let target = (1. - smoothing) * self.class_weight(label);
            Shares { label, target, each: smoothing / self.n_labels as f64 }
        })
    }

    /// The class weights in the type of the logits, for rows that need those of all classes; none if
    /// they are 1 or not needed.
    pub(super) fn smoothed_weights<T: Element>(&self) -> Option<Vec<T>> {
        let weights = self.options.class_weights.as_deref().filter(|_| self.smoothing() > 0.);
        weights.map(|weights| weights.iter().map(|&w| T::from_f64(f64::from(w))).collect())
    }

    /// The loss of a row, from its largest logit and the sum of `exp(x - largest)`.
    #[inline(always)]
    pub(super) fn loss<T: Element>(
        &self,
        row: &[T],
        shares: Shares,
        (largest, total): (T, f64),
        weights: Option<&[T]>,
    ) -> f64 {
        let log_total = total.ln();
        // The difference first: the logarithm would be lost beside a large maximum.
        let mut loss = shares.target * ((largest - row[shares.label]).to_f64() + log_total);
        if shares.each > 0. {
            let below = match weights {
                None => fold(
                    row,
                    T::zero(),
                    #[inline(always)]
                    |sum, x| sum + (largest - x),
                    #[inline(always)]
                    |a, b| a + b,
                )
                .to_f64(),
                Some(weights) => largest.to_f64() * self.all_weights - dot(weights, row).to_f64(),
            };
            loss += shares.each * (below + self.all_weights * log_total);
        }
        loss
    }

    /// The gradient of a row's logits for the gradient `scale` of its loss:
    /// `scale · (share_of_all · p - shares)`.
    #[inline(always)]
    pub(super) fn gradient<T: Element>(
        &self,
        row: &[T],
        shares: Shares,
        stats: (T, f64),
        weights: Option<&[T]>,
        scale: f64,
        out: &mut [T],
    ) {
        let (factor, addend) = self.affine(shares, stats.1, weights.is_some(), scale);
        for (out, &x) in out.iter_mut().zip(row) {
            *out = (x - stats.0).exp().fma(factor, addend);
        }
        take_shares(shares, weights, scale, out);
    }

    /// [`gradient`](Self::gradient), written over the logits.
    #[inline(always)]
    pub(super) fn gradient_in_place<T: Element>(
        &self,
        shares: Shares,
        stats: (T, f64),
        weights: Option<&[T]>,
        scale: f64,
        row: &mut [T],
    ) {
        let (factor, addend) = self.affine(shares, stats.1, weights.is_some(), scale);
        for x in row.iter_mut() {
            *x = (*x - stats.0).exp().fma(factor, addend);
        }
        take_shares(shares, weights, scale, row);
    }

    /// What every exponential of a row is multiplied by, and what is added: the share of smoothing,
    /// unless it differs from class to class.
    fn affine<T: Element>(
        &self,
        shares: Shares,
        total: f64,
        is_weighted: bool,
        scale: f64,
    ) -> (T, T) {
        let all = shares.target + shares.each * self.all_weights;
        let addend = if is_weighted { 0. } else { -scale * shares.each };
        (T::from_f64(scale * all / total), T::from_f64(addend))
    }
}

/// Takes off the shares of classes that have weights, and that of the target.
#[inline(always)]
fn take_shares<T: Element>(shares: Shares, weights: Option<&[T]>, scale: f64, out: &mut [T]) {
    if let Some(weights) = weights {
        let each = T::from_f64(-scale * shares.each);
        for (out, &weight) in out.iter_mut().zip(weights) {
            *out = weight.fma(each, *out);
        }
    }
    out[shares.label] -= T::from_f64(scale * shares.target);
}
