//! The Kullback-Leibler divergence of a model's distribution from a target's, row by row: what
//! distillation (Hinton, Vinyals and Dean, 2015, arXiv:1503.02531) and R-Drop (Liang et al., 2021,
//! arXiv:2106.14448) minimize.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, D, DType, Layout, Result, Shape, Tensor, bail};

use super::{expect_constant, expect_pair};
use crate::element::{contiguous, elements, for_dtype, has_kernel, with_elements};
use crate::reduction::Reduction;
use crate::softmax::log_softmax_composed;

mod kernel;

/// `KL(t ‖ softmax(x)) = Σ_l t[l] · (ln t[l] - log softmax(x)[l])` of each row of logits `x` against
/// probabilities `t`. Log-probabilities will do in place of logits: their softmax is themselves.
///
/// The mean is over the rows (PyTorch's `batchmean`), and without a reduction there is one
/// divergence a row.
///
/// # Shapes
/// - logits, probs: `(.., n_labels)`, the same
/// - output: a scalar, or `(..)` for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types differ, the operands are scalars, or `probs` is tracked: a gradient for
/// targets has [`kl_div_logits`].
pub fn kl_div(logits: &Tensor, probs: &Tensor, reduction: Reduction) -> Result<Tensor> {
    expect_constant("kl_div", "probs", probs)?;
    divergence(Kind::Probs, logits, probs, reduction)
}

/// `KL(softmax(y) ‖ softmax(x))` of each row of logits `x` against target logits `y`, with gradients
/// for both; see [`kl_div`]. Detach a teacher's logits, for which no gradient is then computed.
///
/// # Shapes
/// - logits, target_logits: `(.., n_labels)`, the same
/// - output: a scalar, or `(..)` for [`Reduction::None`]
///
/// # Errors
/// If the shapes or types differ or the operands are scalars.
pub fn kl_div_logits(
    logits: &Tensor,
    target_logits: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
    divergence(Kind::Logits, logits, target_logits, reduction)
}

/// What the targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Probs,
    Logits,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Probs => "kl_div",
            Self::Logits => "kl_div_logits",
        }
    }
}

fn divergence(kind: Kind, x: &Tensor, targets: &Tensor, reduction: Reduction) -> Result<Tensor> {
    expect_pair(kind.name(), x, targets)?;
    let Some((&n_labels, rows)) = x.dims().split_last() else {
        bail!("{}: the operands must have at least one dimension", kind.name());
    };
    if !has_kernel(x) {
        return composed(kind, x, targets, reduction);
    }
    let is_tracked = x.track_op() || targets.track_op();
    let rows = rows.to_vec();
    let op = Divergence { kind, reduction, rows, n_labels, is_tracked, stats: OnceLock::new() };
    x.contiguous()?.apply_op2(&targets.contiguous()?, op)
}

pub(super) fn composed(
    kind: Kind,
    x: &Tensor,
    targets: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
    let dtype = x.dtype();
    let is_half = matches!(dtype, DType::F16 | DType::BF16);
    let single = |tensor: &Tensor| {
        if is_half { tensor.to_dtype(DType::F32) } else { Ok(tensor.clone()) }
    };
    let (x, targets) = (single(x)?, single(targets)?);
    let (probs, log_probs) = match kind {
        Kind::Logits => {
            let log_probs = log_softmax_composed(&targets)?;
            (log_probs.exp()?, log_probs)
        }
        Kind::Probs => (targets.clone(), targets.log()?),
    };
    let terms = (&probs * (log_probs - log_softmax_composed(&x)?)?)?;
    // 0 · ln 0 counts 0.
    let terms = probs.eq(0.)?.where_cond(&terms.zeros_like()?, &terms)?;
    let losses = terms.sum(D::Minus1)?;
    reduction.composed(&losses, losses.elem_count() as f64)?.to_dtype(dtype)
}

struct Divergence {
    kind: Kind,
    reduction: Reduction,
    /// Shape of the rows.
    rows: Vec<usize>,
    n_labels: usize,
    is_tracked: bool,
    /// What is kept of each row, if a backward pass may come.
    stats: OnceLock<Vec<kernel::Stats>>,
}

impl Divergence {
    fn n_rows(&self) -> usize {
        self.rows.iter().product()
    }
}

impl CustomOp2 for Divergence {
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        targets: &CpuStorage,
        targets_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), x.dtype(), T => {
            let x: &[T] = contiguous(self.name(), x, x_layout)?;
            let targets: &[T] = contiguous(self.name(), targets, targets_layout)?;
            let stats = kernel::forward(self.kind, x, targets, (self.n_rows(), self.n_labels));
            let losses: Vec<f64> = stats.iter().map(|stats| stats.loss).collect();
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.stats.set(stats);
            }
            Ok(self.reduction.of_rows::<T>(&losses, losses.len() as f64, &self.rows))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        targets: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(stats) = self.stats.get() else {
            bail!("{}: backward before forward", self.name())
        };
        for_dtype!(self.name(), x.dtype(), T => {
            let scales = with_elements(self.name(), upstream, |upstream: &[T]| {
                Ok(self.reduction.gradient_of_rows(upstream, stats.len() as f64, stats.len()))
            })?;
            let (x_values, t_values) =
                (elements::<T>(self.name(), x)?, elements::<T>(self.name(), targets)?);
            let rows = kernel::Rows {
                kind: self.kind,
                x: &x_values,
                targets: &t_values,
                n_labels: self.n_labels,
                stats,
                scales: &scales,
            };
            let tensor = |values: Vec<T>| Tensor::from_vec(values, x.shape(), x.device());
            let dx = x.track_op().then(|| tensor(rows.gradient())).transpose()?;
            let dt = targets.track_op().then(|| tensor(rows.target_gradient())).transpose()?;
            Ok((dx, dt))
        })
    }
}
