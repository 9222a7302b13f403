//! The same by candle's own operations, for devices without a kernel here: sentences are padded to
//! the longest, so memory is quadratic in its length.

use candle_core::{D, DType, Device, Result, Tensor};

use super::bias::Distances;
use super::plan::Plan;
use super::tile::LANES;
use crate::element::Element;
use crate::offsets::Offsets;

/// Stands for minus infinity: a finite number, since infinities turn into NaN when they meet.
const HIDDEN: f32 = -1e30;

/// Sizes of the padded batch.
#[derive(Clone, Copy)]
struct Padded {
    batch: usize,
    n_q: usize,
    n_k: usize,
}

fn longest(offsets: &Offsets) -> usize {
    offsets.iter().map(|tokens| tokens.len()).max().unwrap_or(0)
}

impl Plan {
    pub(super) fn composed(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        k_offsets: &Offsets,
        table: Option<&Tensor>,
    ) -> Result<Tensor> {
        let padded = Padded {
            batch: k_offsets.n_rows(),
            n_q: longest(&self.q_offsets),
            n_k: longest(k_offsets),
        };
        if padded.n_q == 0 || padded.n_k == 0 {
            return q.zeros_like();
        }
        let heads = |tensor: &Tensor, offsets, length, n_heads| {
            let rows = tensor.contiguous()?.index_select(&padding(offsets, length, tensor)?, 0)?;
            let rows = rows.reshape((padded.batch, length, n_heads, self.head_dim))?;
            rows.transpose(1, 2)?.contiguous()
        };
        let q_heads = heads(q, &self.q_offsets, padded.n_q, self.n_heads)?;
        let k = self.repeat(&heads(k, k_offsets, padded.n_k, self.n_kv_heads)?)?;
        let v = self.repeat(&heads(v, k_offsets, padded.n_k, self.n_kv_heads)?)?;
        let scores = (q_heads.matmul(&k.transpose(2, 3)?.contiguous()?)? * self.scale)?;
        // Half a precision is too little for sums of exponentials.
        let precise = if q.dtype() == DType::F64 { DType::F64 } else { DType::F32 };
        let scores = scores.to_dtype(precise)?;
        let scores = match self.bias(k_offsets, padded, table, q.device())? {
            Some(bias) => scores.broadcast_add(&bias.to_dtype(precise)?)?,
            None => scores,
        };
        let visible = self.visibility(k_offsets, padded, q.device())?.to_dtype(precise)?;
        let hidden = ((&visible - 1.)? * f64::from(-HIDDEN))?;
        let scores = scores.broadcast_add(&hidden)?;
        // The product makes zeros of a row that sees nothing.
        let weights = candle_nn::ops::softmax(&scores, D::Minus1)?.broadcast_mul(&visible)?;
        let factors = match precise {
            DType::F64 => self.dropout_factors::<f64>(padded, q.device())?,
            _ => self.dropout_factors::<f32>(padded, q.device())?,
        };
        let weights = match factors {
            Some(factors) => (weights * factors)?,
            None => weights,
        };
        let out = weights.to_dtype(q.dtype())?.matmul(&v)?; // (batch, n_heads, n_q, head_dim)
        let out = out.transpose(1, 2)?.contiguous()?;
        let out = out.reshape((padded.batch * padded.n_q, self.q_width()))?;
        let places = self.q_offsets.iter().enumerate().flat_map(|(sentence, tokens)| {
            (0..tokens.len()).map(move |i| (sentence * padded.n_q + i) as u32)
        });
        out.index_select(&Tensor::new(places.collect::<Vec<_>>(), q.device())?, 0)
    }

    /// Each head of keys or values for every head of queries that shares it.
    fn repeat(&self, heads: &Tensor) -> Result<Tensor> {
        if self.group() == 1 {
            return Ok(heads.clone());
        }
        let (batch, n_heads, length, head_dim) = heads.dims4()?;
        let repeated = heads.unsqueeze(2)?;
        let repeated = repeated
            .broadcast_as((batch, n_heads, self.group(), length, head_dim))?
            .contiguous()?;
        repeated.reshape((batch, self.n_heads, length, head_dim))
    }

    /// 1 where a query sees a key and 0 elsewhere, `(batch, 1, n_q, n_k)`.
    fn visibility(&self, k_offsets: &Offsets, padded: Padded, device: &Device) -> Result<Tensor> {
        let Padded { batch, n_q, n_k } = padded;
        let mut visible = vec![0f32; batch * n_q * n_k];
        for (sentence, (q, k)) in self.q_offsets.iter().zip(k_offsets.iter()).enumerate() {
            for i in 0..q.len() {
                let keys = self.visible(q.len(), k.len(), i);
                visible[(sentence * n_q + i) * n_k..][keys].fill(1.);
            }
        }
        Tensor::from_vec(visible, (batch, 1, n_q, n_k), device)
    }

    /// What is added to the scores, `(batch, n_heads, n_q, n_k)`.
    fn bias(
        &self,
        k_offsets: &Offsets,
        Padded { batch, n_q, n_k }: Padded,
        table: Option<&Tensor>,
        device: &Device,
    ) -> Result<Option<Tensor>> {
        // Distances of all pairs, the padding's as well.
        let distances = || {
            self.q_offsets.iter().zip(k_offsets.iter()).flat_map(move |(q, k)| {
                let offset = k.len() as isize - q.len() as isize;
                (0..n_q as isize).flat_map(move |i| (0..n_k as isize).map(move |j| j - i - offset))
            })
        };
        let per_head = match (&self.distances, table) {
            (Distances::Linear(slopes), _) => {
                let distances: Vec<f32> =
                    distances().map(|distance| -(distance.unsigned_abs() as f32)).collect();
                let distances = Tensor::from_vec(distances, (1, batch * n_q * n_k), device)?;
                Tensor::new(&**slopes, device)?.unsqueeze(1)?.broadcast_mul(&distances)?
            }
            (Distances::Table(columns), Some(table)) => {
                let columns: Vec<u32> =
                    distances().map(|distance| columns.at(distance) as u32).collect();
                table.contiguous()?.index_select(&Tensor::new(columns, device)?, 1)?
            }
            _ => return Ok(None),
        };
        let per_head = per_head.reshape((self.n_heads, batch, n_q, n_k))?;
        per_head.transpose(0, 1)?.contiguous().map(Some)
    }

    /// The factors of dropout, `(batch, n_heads, n_q, n_k)`.
    fn dropout_factors<T: Element>(
        &self,
        Padded { batch, n_q, n_k }: Padded,
        device: &Device,
    ) -> Result<Option<Tensor>> {
        let Some(dropped) = self.dropped else { return Ok(None) };
        let mut factors = vec![T::zero(); batch * self.n_heads * n_q * n_k];
        for (sentence, tokens) in self.q_offsets.iter().enumerate() {
            for head in 0..self.n_heads {
                for i in 0..tokens.len() {
                    let number = head * self.q_offsets.n_tokens() + tokens.start + i;
                    let row = ((sentence * self.n_heads + head) * n_q + i) * n_k;
                    let chunks = factors[row..][..n_k].chunks_mut(LANES).enumerate();
                    for (chunk, row) in chunks {
                        let lanes = dropped.factors::<T>(number, chunk * LANES);
                        row.copy_from_slice(&lanes[..row.len()]);
                    }
                }
            }
        }
        Tensor::from_vec(factors, (batch, self.n_heads, n_q, n_k), device).map(Some)
    }
}

/// The tokens of each sentence, then the first token in place of those that are not there.
fn padding(offsets: &Offsets, length: usize, like: &Tensor) -> Result<Tensor> {
    let ids = offsets.iter().flat_map(|tokens| {
        (0..length).map(move |i| if i < tokens.len() { tokens.start + i } else { 0 } as u32)
    });
    Tensor::new(ids.collect::<Vec<_>>(), like.device())
}
