//! In-batch negatives (Henderson et al., 2017, arXiv:1705.00652), called multiple negatives ranking
//! loss in sentence-transformers, or InfoNCE.
//!
//! `-log softmax(scale · cos(a_i, ·))[i]`: each anchor is to find its own partner among the partners
//! of all anchors of the batch.

use candle_core::{Result, Tensor, bail};
use sconce_ops::{CrossEntropy, matmul_transposed};

use super::normalize::normalize_rows;

/// The loss of pairs of sentences that belong together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InBatchNegatives {
    /// What the cosine is multiplied by: 1 over the temperature.
    pub scale: f64,
    /// Whether each partner is to find its anchor too; the loss is then the mean of both ways.
    pub is_symmetric: bool,
}

impl Default for InBatchNegatives {
    /// A scale of 20, one way.
    fn default() -> Self {
        Self { scale: 20., is_symmetric: false }
    }
}

impl InBatchNegatives {
    /// The mean over the anchors. The partner of an anchor is the candidate in the same row;
    /// candidates after those are partners of none (hard negatives).
    ///
    /// # Shapes
    /// - anchors: `(batch, dim)`; candidates: `(at least batch, dim)`
    /// - output: a scalar
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn loss(&self, anchors: &Tensor, candidates: &Tensor) -> Result<Tensor> {
        let ((n, dim), (n_candidates, other)) = (anchors.dims2()?, candidates.dims2()?);
        if n_candidates < n || dim != other {
            bail!(
                "in_batch_negatives: anchors {:?}, candidates {:?}: expected (batch, dim), (at \
                 least batch, dim)",
                anchors.dims(),
                candidates.dims()
            );
        }
        let (anchors, candidates) = (normalize_rows(anchors)?, normalize_rows(candidates)?);
        let scores = (matmul_transposed(&anchors, &candidates)? * self.scale)?;
        let own: Vec<u32> = (0..n as u32).collect();
        let loss = CrossEntropy::default().loss(&scores, &own)?;
        if !self.is_symmetric {
            return Ok(loss);
        }
        let back = scores.narrow(1, 0, n)?.t()?.contiguous()?;
        (loss + CrossEntropy::default().loss(&back, &own)?)? * 0.5
    }
}
