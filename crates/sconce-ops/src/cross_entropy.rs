//! The losses of classification and regression.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp1, D, DType, Layout, Result, Shape, Tensor, bail};

use crate::element::{Element, contiguous, for_dtype, has_kernel, result, with_elements};

/// A target that is left out of the loss (PyTorch's -100).
pub const IGNORE_INDEX: u32 = u32::MAX;

/// Mean squared error, `mean((x - y)²)`.
///
/// # Errors
/// If the shapes differ.
pub fn mean_squared_error(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    (x - y)?.sqr()?.mean_all()
}

/// Softmax cross-entropy with PyTorch's options and its mean over the rows that count:
/// `loss = Σ_i w[y_i] · -log softmax(x_i)[y_i] / Σ_i w[y_i]`; label smoothing `ε` moves that much
/// of each target's weight to the mean over all classes (Szegedy et al., 2016, arXiv:1512.00567).
#[derive(Debug, Clone, Default)]
pub struct CrossEntropy {
    /// Smoothing `ε`, in `[0, 1]`.
    pub label_smoothing: f64,
    /// Weight `w` of each class; all 1 without.
    pub class_weights: Option<Arc<[f32]>>,
}

impl CrossEntropy {
    /// Class weights that give each label the same total weight, `n / (n_labels * count)`, as
    /// scikit-learn's `class_weight="balanced"`, without targets that are no label. A label that does not occur gets the weight of one
    /// that occurs once.
    pub fn balanced_weights(targets: &[u32], n_labels: usize) -> Arc<[f32]> {
        let mut counts = vec![0usize; n_labels];
        for &target in targets {
            if let Some(count) = counts.get_mut(target as usize) {
                *count += 1;
            }
        }
        let total: usize = counts.iter().sum();
        let weight = |count: usize| (total as f64 / (n_labels * count.max(1)) as f64) as f32;
        counts.into_iter().map(weight).collect()
    }

    /// The mean loss of logits against targets; rows whose target is [`IGNORE_INDEX`] do not
    /// count, and a batch of such rows alone has loss 0.
    ///
    /// # Shapes
    /// - logits: `(n, n_labels)`; targets: `n` labels
    /// - output: a scalar
    ///
    /// # Errors
    /// If a target is not below `n_labels`, or the numbers of rows or weights differ.
    pub fn loss(&self, logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
        let (n, n_labels) = logits.dims2()?;
        let smoothing = self.label_smoothing;
        if !(0. ..=1.).contains(&smoothing) {
            bail!("cross_entropy: label smoothing must be from 0 to 1, got {smoothing}");
        }
        if targets.len() != n {
            bail!("cross_entropy: {n} rows of logits, {} targets", targets.len());
        }
        if let Some(at) = targets.iter().position(|&y| y != IGNORE_INDEX && y as usize >= n_labels)
        {
            bail!("cross_entropy: target {} of row {at} is not below {n_labels}", targets[at]);
        }
        if let Some(weights) = self.class_weights.as_deref().filter(|w| w.len() != n_labels) {
            bail!("cross_entropy: {} class weights for {n_labels} labels", weights.len());
        }
        let rows = Rows { options: self.clone(), targets: targets.to_vec(), n_labels };
        if has_kernel(logits) {
            let op = Fused { rows, log_sums: OnceLock::new() };
            logits.contiguous()?.apply_op1(op)
        } else {
            rows.composed(logits)
        }
    }
}

/// Targets and the weight of every (row, label) in the loss.
struct Rows {
    options: CrossEntropy,
    targets: Vec<u32>,
    n_labels: usize,
}

impl Rows {
    fn class_weight(&self, label: usize) -> f64 {
        self.options.class_weights.as_deref().map_or(1., |weights| f64::from(weights[label]))
    }

    /// Sum of the weights of all targets that count.
    fn total_weight(&self) -> f64 {
        let counted = self.targets.iter().filter(|&&target| target != IGNORE_INDEX);
        counted.map(|&target| self.class_weight(target as usize)).sum()
    }

    /// What `-log p[label]` of a row with this target counts in the loss, before the division by
    /// the total weight.
    fn share(&self, target: u32, label: usize) -> f64 {
        if target == IGNORE_INDEX {
            return 0.;
        }
        let smoothing = self.options.label_smoothing;
        let mut share = smoothing / self.n_labels as f64 * self.class_weight(label);
        if target as usize == label {
            share += (1. - smoothing) * self.class_weight(label);
        }
        share
    }

    /// The same by candle's own operations: the shares, as a matrix, times the log-probabilities.
    fn composed(&self, logits: &Tensor) -> Result<Tensor> {
        let total = self.total_weight();
        let scale = if total > 0. { -1. / total } else { 0. };
        let shares: Vec<f32> = self
            .targets
            .iter()
            .flat_map(|&target| (0..self.n_labels).map(move |label| self.share(target, label)))
            .map(|share| (share * scale) as f32)
            .collect();
        let shares = Tensor::from_vec(shares, logits.shape(), logits.device())?;
        let log_probs = candle_nn::ops::log_softmax(logits, D::Minus1)?;
        (log_probs * shares.to_dtype(logits.dtype())?)?.sum_all()
    }
}

/// One pass over the logits forward and one backward; probabilities are never kept, only each
/// row's log of the sum of exponentials.
struct Fused {
    rows: Rows,
    log_sums: OnceLock<Vec<f64>>,
}

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), storage.dtype(), T => {
            let loss = self.forward::<T>(contiguous(self.name(), storage, layout)?);
            Ok(result(vec![T::from_f64(loss)], ()))
        })
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let upstream = gradient.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        for_dtype!(self.name(), logits.dtype(), T => {
            with_elements(self.name(), logits, |values: &[T]| {
                let values = self.backward(values, upstream);
                Tensor::from_vec(values, logits.shape(), logits.device()).map(Some)
            })
        })
    }
}

impl Fused {
    fn forward<T: Element>(&self, logits: &[T]) -> f64 {
        let n_labels = self.rows.n_labels;
        let total = self.rows.total_weight();
        let mut loss = 0.;
        let mut log_sums = Vec::with_capacity(self.rows.targets.len());
        for (row, &target) in logits.chunks_exact(n_labels.max(1)).zip(&self.rows.targets) {
            let log_sum = log_sum_exp(row);
            log_sums.push(log_sum);
            let smoothed = self.rows.options.label_smoothing > 0.;
            if target == IGNORE_INDEX {
                continue;
            }
            let labels = if smoothed { 0..n_labels } else { target as usize..target as usize + 1 };
            for label in labels {
                let negative_log_prob = log_sum - row[label].to_f64();
                loss += self.rows.share(target, label) * negative_log_prob;
            }
        }
        // A node's forward pass runs once; a second `set` could only repeat the first.
        let _ = self.log_sums.set(log_sums);
        if total > 0. { loss / total } else { 0. }
    }

    /// `d loss / d x[l] = Σ_shares · p[l] - share[l]`, over the total weight.
    fn backward<T: Element>(&self, logits: &[T], upstream: f64) -> Vec<T> {
        let n_labels = self.rows.n_labels;
        let total = self.rows.total_weight();
        let scale = if total > 0. { upstream / total } else { 0. };
        let mut out = vec![T::zero(); logits.len()];
        let log_sums = self.log_sums.get().map_or(&[][..], Vec::as_slice);
        let rows = logits.chunks_exact(n_labels.max(1)).zip(out.chunks_exact_mut(n_labels.max(1)));
        for ((row, out), (&target, &log_sum)) in rows.zip(self.rows.targets.iter().zip(log_sums)) {
            let all: f64 = (0..n_labels).map(|label| self.rows.share(target, label)).sum();
            for (label, (out, &x)) in out.iter_mut().zip(row).enumerate() {
                let probability = (x.to_f64() - log_sum).exp();
                let share = self.rows.share(target, label);
                *out = T::from_f64(scale * (all * probability - share));
            }
        }
        out
    }
}

fn log_sum_exp<T: Element>(row: &[T]) -> f64 {
    let largest = row.iter().map(|&x| x.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + row.iter().map(|&x| (x.to_f64() - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
