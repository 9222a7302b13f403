//! CoSENT (Su, 2022, kexue.fm/archives/8847): a loss of the *order* of similarities.
//!
//! `log(1 + Σ exp(scale · (cos_i - cos_j)))`, over all pairs of pairs of which the j-th is to be more
//! alike than the i-th: the cross-entropy of a row of logits whose first, 0, is the right one.

use candle_core::{Result, Tensor, bail};
use sconce_ops::{CrossEntropy, cosine_similarity};

/// The loss of pairs of sentences that are more or less alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoSent {
    /// What the cosine is multiplied by.
    pub scale: f64,
}

impl Default for CoSent {
    /// A scale of 20.
    fn default() -> Self {
        Self { scale: 20. }
    }
}

impl CoSent {
    /// The loss of a batch, 0 where no pair is to be more alike than another. It grows with the
    /// batch, of which it is no mean.
    ///
    /// # Shapes
    /// - a, b: `(batch, dim)`; similarities: `batch` numbers, of which only the order counts
    /// - output: a scalar
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn loss(&self, a: &Tensor, b: &Tensor, similarities: &[f32]) -> Result<Tensor> {
        let (n, _) = a.dims2()?;
        if similarities.len() != n {
            bail!("cosent: {n} pairs of rows, {} similarities", similarities.len());
        }
        let cosines = cosine_similarity(a, b)?;
        let (mut less, mut more) = (Vec::new(), Vec::new());
        for (i, low) in (0u32..).zip(similarities) {
            for (j, high) in (0u32..).zip(similarities) {
                if low < high {
                    less.push(i);
                    more.push(j);
                }
            }
        }
        if less.is_empty() {
            // Still a function of the rows, with gradient 0, so that a step can be taken. (candle
            // gives no gradient at all through a product with 0.)
            return cosines.sub(&cosines)?.sum_all();
        }
        let device = cosines.device();
        let of = |rows: Vec<u32>| cosines.index_select(&Tensor::new(rows, device)?, 0);
        let logits = ((of(less)? - of(more)?)? * self.scale)?;
        let right = Tensor::zeros(1, logits.dtype(), device)?;
        let logits = Tensor::cat(&[right, logits], 0)?.unsqueeze(0)?;
        CrossEntropy::default().loss(&logits, &[0])
    }
}
