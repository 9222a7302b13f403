//! The same by candle's own operations, for devices without a kernel here.

use candle_core::{D, DType, Result, Tensor};

use super::Turn;

impl Turn {
    pub(super) fn composed(&self, x: &Tensor) -> Result<Tensor> {
        if self.heads.is_empty() || x.elem_count() == 0 {
            return Ok(x.clone());
        }
        let head_dim = self.options.head_dim;
        let n_tokens = self.positions.len();
        let n_pairs = self.options.frequencies.len();
        let n_heads = self.heads.len();
        let (start, end) = (self.heads.start * head_dim, self.heads.end * head_dim);
        let turned = x.narrow(1, start, end - start)?.contiguous()?;
        let turned = turned.reshape((n_tokens, n_heads, head_dim))?;
        let pairs = turned.narrow(2, 0, 2 * n_pairs)?;
        let (a, b) = if self.options.is_interleaved {
            let pairs = pairs.contiguous()?.reshape((n_tokens, n_heads, n_pairs, 2))?;
            (pairs.narrow(3, 0, 1)?.squeeze(3)?, pairs.narrow(3, 1, 1)?.squeeze(3)?)
        } else {
            (pairs.narrow(2, 0, n_pairs)?, pairs.narrow(2, n_pairs, n_pairs)?)
        };
        let (a, b) = (a.contiguous()?, b.contiguous()?);
        let (cos, sin) = (self.factors(x, false)?, self.factors(x, true)?);
        let new_a = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
        let new_b = (b.broadcast_mul(&cos)? + a.broadcast_mul(&sin)?)?;
        let pairs = if self.options.is_interleaved {
            let pairs = Tensor::stack(&[new_a, new_b], 3)?;
            pairs.reshape((n_tokens, n_heads, 2 * n_pairs))?
        } else {
            Tensor::cat(&[new_a, new_b], D::Minus1)?
        };
        let rest = turned.narrow(2, 2 * n_pairs, head_dim - 2 * n_pairs)?;
        let turned = join(&[pairs, rest], 2)?.reshape((n_tokens, n_heads * head_dim))?;
        let (before, after) = (x.narrow(1, 0, start)?, x.narrow(1, end, self.width - end)?);
        join(&[before, turned, after], 1)
    }

    /// The cosines or sines of all tokens, `(n_tokens, 1, n_pairs)`.
    fn factors(&self, x: &Tensor, is_sin: bool) -> Result<Tensor> {
        let shape = (self.positions.len(), 1, self.options.frequencies.len());
        let values = (0..self.positions.len()).flat_map(|token| {
            let (cos, sin) = self.angles(token);
            if is_sin { sin } else { cos }.iter().copied()
        });
        // Not every device has double precision.
        if x.dtype() == DType::F64 {
            return Tensor::from_vec(values.collect::<Vec<_>>(), shape, x.device());
        }
        let values: Vec<f32> = values.map(|value| value as f32).collect();
        Tensor::from_vec(values, shape, x.device())?.to_dtype(x.dtype())
    }
}

/// The parts that have elements, one after the other.
fn join(parts: &[Tensor], dim: usize) -> Result<Tensor> {
    let parts: Vec<&Tensor> = parts.iter().filter(|part| part.elem_count() > 0).collect();
    Tensor::cat(&parts, dim)
}
