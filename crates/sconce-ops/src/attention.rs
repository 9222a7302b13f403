//! Scaled dot-product attention (Vaswani et al., 2017, arXiv:1706.03762) over packed sentences:
//! `out[i] = Σ_j p[i, j] · v[j]` with `p[i] = softmax_j(scale · q[i] · k[j] + bias[j - i])`, for each
//! head, within each sentence.
//!
//! Scores are computed a tile at a time and never kept (Dao et al., 2022, arXiv:2205.14135; Dao,
//! 2023, arXiv:2307.08691): the maximum and the sum of a row are corrected as tiles come in, and are
//! all that the backward pass gets to compute the tiles again. Memory is linear in the length.
//!
//! Query `i` of `n_q` stands at the place `i + n_k - n_q` among the keys: the last query beside the
//! last key, which in self-attention is where it is anyway, and in decoding makes new queries the
//! latest. Causal masks, windows and biases count from there. A query that sees no key gets zeros.

use candle_core::{Result, Tensor, bail};

use crate::element::{for_dtype, has_kernel};
use crate::mode::Mode;
use crate::offsets::Offsets;

mod backward;
mod bias;
mod composed;
mod forward;
mod lines;
mod mask;
mod operands;
mod operation;
mod plan;
mod product;
mod rows;
mod tile;

pub use bias::{Bias, RelativeBias, alibi_slopes, relative_buckets};
pub(crate) use operands::{Heads, KeyValue};
pub(crate) use operation::attend_untracked;
use operation::{Inputs, Operation};
pub(crate) use plan::Plan;
pub(crate) use product::Product;

/// How to attend: [`Attention::new`] with the fields that differ, as in
/// `Attention { is_causal: true, ..Attention::new(12) }`.
#[derive(Debug, Clone)]
pub struct Attention {
    /// Heads of the queries.
    pub n_heads: usize,
    /// Heads of the keys and values, each shared by `n_heads / n_kv_heads` neighbouring heads of the
    /// queries (Ainslie et al., 2023, arXiv:2305.13245).
    pub n_kv_heads: usize,
    /// Whether a query sees only the keys up to its own place.
    pub is_causal: bool,
    /// Factor of the products of queries and keys; `1 / √head_dim` without.
    pub scale: Option<f64>,
    /// Probability with which a weight `p[i, j]` is dropped in training.
    pub dropout: f64,
    /// If given, a query sees only keys at most so many places away.
    pub window: Option<usize>,
    /// What is added to the scores.
    pub bias: Bias,
}

impl Attention {
    /// Every query sees every key of its sentence; each head has its own keys; nothing is added or
    /// dropped.
    pub fn new(n_heads: usize) -> Self {
        Self {
            n_heads,
            n_kv_heads: n_heads,
            is_causal: false,
            scale: None,
            dropout: 0.,
            window: None,
            bias: Bias::None,
        }
    }
}

/// Attention of the queries of each sentence over its keys, which may be of another length.
///
/// # Shapes
/// - q: `(n_q_tokens, n_heads * head_dim)`
/// - k, v: `(n_k_tokens, n_kv_heads * head_dim)`
/// - output: as q
///
/// # Errors
/// If the shapes do not fit each other, the offsets or the heads.
pub fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    q_offsets: &Offsets,
    k_offsets: &Offsets,
    options: &Attention,
    mode: Mode,
) -> Result<Tensor> {
    const NAME: &str = "attention";
    let ((n_q, q_width), (n_k, k_width)) = (q.dims2()?, k.dims2()?);
    q_offsets.expect_tokens(NAME, n_q)?;
    k_offsets.expect_tokens(NAME, n_k)?;
    let plan = Plan::new(NAME, options, q_width, q_offsets, mode)?;
    if k_width != plan.kv_width() || v.dims() != k.dims() {
        bail!(
            "{NAME}: {} heads of {} need keys and values of width {}, got {:?} and {:?}",
            plan.n_kv_heads,
            plan.head_dim,
            plan.kv_width(),
            k.shape(),
            v.shape()
        );
    }
    if q_offsets.n_rows() != k_offsets.n_rows() {
        bail!(
            "{NAME}: {} sentences of queries, {} of keys",
            q_offsets.n_rows(),
            k_offsets.n_rows()
        );
    }
    if [k, v].iter().any(|tensor| tensor.dtype() != q.dtype()) {
        bail!("{NAME}: queries are {:?}, keys {:?}, values {:?}", q.dtype(), k.dtype(), v.dtype());
    }
    if !has_kernel(q) {
        return plan.composed(q, k, v, k_offsets, options.bias.table());
    }
    let (q, k, v) = (q.contiguous()?, k.contiguous()?, v.contiguous()?);
    for_dtype!(NAME, q.dtype(), T => match options.bias.weight() {
        None => {
            let tracked = [&q, &k, &v].iter().any(|tensor| tensor.track_op());
            q.apply_op3(&k, &v, Operation::<T>::new(plan, Inputs::Separate, k_offsets, None, tracked))
        }
        Some(table) => {
            // candle gives an operation three inputs at most.
            let kv = Tensor::cat(&[&k, &v], 1)?;
            let table_tensor = table.tensor().contiguous()?;
            let tracked = [&q, &kv, &table_tensor].iter().any(|tensor| tensor.track_op());
            let inputs = Inputs::PackedKeyValue;
            let operation = Operation::<T>::new(plan, inputs, k_offsets, Some(table), tracked);
            q.apply_op3(&kv, &table_tensor, operation)
        }
    })
}

/// Attention of each sentence over itself, from one tensor that holds for every token its queries,
/// its keys and its values, as one matrix product gives them. Its gradient is one tensor as well.
///
/// # Shapes
/// - qkv: `(n_tokens, (n_heads + 2 * n_kv_heads) * head_dim)`
/// - output: `(n_tokens, n_heads * head_dim)`
///
/// # Errors
/// If the width does not divide by the heads, or the offsets do not cover the tokens.
pub fn self_attention(
    qkv: &Tensor,
    offsets: &Offsets,
    options: &Attention,
    mode: Mode,
) -> Result<Tensor> {
    const NAME: &str = "self_attention";
    let (n_tokens, width) = qkv.dims2()?;
    offsets.expect_tokens(NAME, n_tokens)?;
    let n_all = options.n_heads + 2 * options.n_kv_heads;
    if n_all == 0 || !width.is_multiple_of(n_all) {
        bail!(
            "{NAME}: width {width} does not divide into {} heads and twice {} for keys and values",
            options.n_heads,
            options.n_kv_heads
        );
    }
    let plan = Plan::new(NAME, options, width / n_all * options.n_heads, offsets, mode)?;
    if !has_kernel(qkv) {
        let (q_width, kv_width) = (plan.q_width(), plan.kv_width());
        let q = qkv.narrow(1, 0, q_width)?;
        let k = qkv.narrow(1, q_width, kv_width)?;
        let v = qkv.narrow(1, q_width + kv_width, kv_width)?;
        return plan.composed(&q, &k, &v, offsets, options.bias.table());
    }
    let qkv = qkv.contiguous()?;
    for_dtype!(NAME, qkv.dtype(), T => match options.bias.weight() {
        None => {
            let tracked = qkv.track_op();
            qkv.apply_op1(Operation::<T>::new(plan, Inputs::Packed, offsets, None, tracked))
        }
        Some(table) => {
            let table_tensor = table.tensor().contiguous()?;
            let tracked = qkv.track_op() || table_tensor.track_op();
            let operation =
                Operation::<T>::new(plan, Inputs::Packed, offsets, Some(table), tracked);
            qkv.apply_op2(&table_tensor, operation)
        }
    })
}

#[cfg(test)]
mod tests;
