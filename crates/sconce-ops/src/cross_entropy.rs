//! Softmax cross-entropy, of logits or of the linear layer that makes them.
//!
//! No probabilities and no one-hot targets are ever kept. Of logits: forward reads them once, with
//! a running maximum and sum (Milakov and Gimelshein, 2018, arXiv:1805.02867), and backward reads
//! them once and writes their gradient. Of a linear layer: see [`CrossEntropy::linear_loss`].

use std::sync::Arc;

use candle_core::{Result, Tensor, bail};

use crate::element::has_kernel;
use crate::param_store::Weight;
use crate::reduction::Reduction;

mod composed;
mod linear;
mod logits;
mod online;
mod targets;

pub(crate) use self::online::Online;
use self::targets::Targets;

/// A target that is left out of the loss (PyTorch's -100).
pub const IGNORE_INDEX: u32 = u32::MAX;

/// Softmax cross-entropy with PyTorch's options. The loss of a row with target `y` is
/// `-w[y] · log softmax(x)[y]`; label smoothing `ε` moves that much of a target's weight to the mean
/// over all classes (Szegedy et al., 2016, arXiv:1512.00567):
/// `(1 - ε) · w[y] · -log p[y] + ε / n_labels · Σ_l w[l] · -log p[l]`.
#[derive(Debug, Clone, Default)]
pub struct CrossEntropy {
    /// Smoothing `ε`, in `[0, 1]`.
    pub label_smoothing: f64,
    /// Weight `w` of each class; all 1 without.
    pub class_weights: Option<Arc<[f32]>>,
}

impl CrossEntropy {
    /// Class weights that give each label the same total weight, `n / (n_labels * count)`, as
    /// scikit-learn's `class_weight="balanced"`, without targets that are no label. A label that
    /// does not occur gets the weight of one that occurs once.
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

    /// The mean loss of logits against targets, `Σ_i loss_i / Σ_i w[y_i]`; rows whose target is
    /// [`IGNORE_INDEX`] do not count, and a batch of such rows alone has loss 0.
    ///
    /// # Shapes
    /// - logits: `(n, n_labels)`; targets: `n` labels
    /// - output: a scalar
    ///
    /// # Errors
    /// If a target is not below `n_labels`, or the numbers of rows or weights differ.
    pub fn loss(&self, logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
        self.reduced_loss(logits, targets, Reduction::Mean)
    }

    /// The loss of logits against targets: the mean of [`loss`](Self::loss), the sum over the rows,
    /// or each row's own, 0 where it is ignored.
    ///
    /// # Shapes
    /// - logits: `(n, n_labels)`; targets: `n` labels
    /// - output: a scalar, or `(n,)` for [`Reduction::None`]
    ///
    /// # Errors
    /// As [`loss`](Self::loss).
    pub fn reduced_loss(
        &self,
        logits: &Tensor,
        targets: &[u32],
        reduction: Reduction,
    ) -> Result<Tensor> {
        let (n, n_labels) = logits.dims2()?;
        let targets = Targets::new("cross_entropy", self, targets, (n, n_labels))?;
        if has_kernel(logits) {
            logits::loss(logits, targets, reduction)
        } else {
            composed::loss(logits, &targets, reduction)
        }
    }

    /// The loss of the logits `x · wᵀ + b`, which are never held all at once: those of some rows
    /// are made, give their part of the loss *and* of all gradients, and make room for the next.
    /// This is how a vocabulary of 250,000 fits (Wijmans et al., 2024, arXiv:2411.09009; Hsu et al.,
    /// 2024, arXiv:2410.10989). Rows that are ignored cost nothing, and gradients are only computed
    /// for what is tracked.
    ///
    /// With [`Reduction::None`] the logits are made once more in the backward pass, since the
    /// gradients of `w` and `b` depend on that of each row. On other devices than the CPU the logits
    /// are held as usual.
    ///
    /// # Shapes
    /// - x: `(n, dim)`; targets: `n` labels
    /// - w: `(n_labels, dim)`, b: `(n_labels,)`, as [`linear`](crate::linear)
    /// - output: a scalar, or `(n,)` for [`Reduction::None`]
    ///
    /// # Errors
    /// If the shapes or types do not fit; else as [`loss`](Self::loss).
    pub fn linear_loss(
        &self,
        x: &Tensor,
        w: impl Into<Weight>,
        b: Option<Weight>,
        targets: &[u32],
        reduction: Reduction,
    ) -> Result<Tensor> {
        let w: Weight = w.into();
        let ((n, dim), (n_labels, w_dim)) = (x.dims2()?, w.tensor().dims2()?);
        let b_fits = b.as_ref().is_none_or(|b| b.tensor().dims() == [n_labels]);
        if dim != w_dim || !b_fits {
            bail!(
                "linear_cross_entropy: x {:?}, w {:?}, b {:?}: expected (n, dim), (n_labels, dim), \
                 (n_labels)",
                x.dims(),
                w.tensor().dims(),
                b.as_ref().map(|b| b.tensor().dims())
            );
        }
        let targets = Targets::new("linear_cross_entropy", self, targets, (n, n_labels))?;
        if has_kernel(x) {
            return linear::loss(x, &w, b.as_ref(), targets, reduction);
        }
        let logits = x.contiguous()?.matmul(&w.tensor().t()?)?;
        let logits = match b {
            Some(b) => logits.broadcast_add(b.tensor())?,
            None => logits,
        };
        composed::loss(&logits, &targets, reduction)
    }
}

#[cfg(test)]
mod tests;
