//! The attention of a layer: maps to queries, keys and values, positions that turn them, attention
//! over packed sentences, and the map after it.

use candle_core::{Result, Tensor};
use sconce_ops::{
    Attention, Init, KvCache, Mode, Offsets, Param, ParamSpec, Rotary, attention, rms_norm_heads,
    rotary_heads, self_attention,
};

use super::config::{Positions, TransformerConfig};
use super::names::{LayerNames, QkvNames};
use super::projection::{Projection, stacked};
use super::scope::{MapSpec, Scope};

/// Self-attention with its maps.
#[derive(Debug, Clone)]
pub(crate) struct SelfAttention {
    /// One map of all three or three maps.
    qkv: Vec<Projection>,
    output: Projection,
    /// Weights of the norms of queries and keys.
    head_norms: Option<[Param; 2]>,
    norm_eps: f64,
    rotary: Option<Rotary>,
    options: Attention,
    head_dim: usize,
}

/// Softmax over the keys takes no notice of a number that all of them get.
const KEY_BIAS: &str = "attention does not depend on the bias of the keys";

impl SelfAttention {
    pub(crate) fn new(
        config: &TransformerConfig,
        names: &LayerNames,
        layer: usize,
        scope: &Scope,
        output_std: f64,
    ) -> Result<Self> {
        let (n_heads, n_kv_heads, head_dim) = (config.n_heads, config.n_kv_heads, config.head_dim);
        let (q_dim, kv_dim) = (n_heads * head_dim, n_kv_heads * head_dim);
        let spec = |n_out, bias_may_be_zero| MapSpec {
            is_transposed: names.is_transposed,
            has_bias: config.biases.qkv,
            bias_may_be_zero,
            ..MapSpec::new(config.hidden_size, n_out, config.initializer_range)
        };
        let qkv = match names.qkv {
            QkvNames::Fused(name) => {
                vec![scope.projection(name, spec(q_dim + 2 * kv_dim, None))?]
            }
            QkvNames::Separate([q, k, v]) => vec![
                scope.projection(q, spec(q_dim, None))?,
                scope.projection(k, spec(kv_dim, Some(KEY_BIAS)))?,
                scope.projection(v, spec(kv_dim, None))?,
            ],
        };
        let has_bias = config.biases.attention_output;
        let (n_in, n_out, std) = (q_dim, config.hidden_size, output_std);
        let output = MapSpec { n_in, n_out, std, has_bias, ..spec(0, None) };
        let output = scope.projection(names.attention_output, output)?;
        let head_norm = |name| {
            let spec = ParamSpec::new(head_dim, Init::Constant(1.)).no_decay();
            scope.pp(name).get("weight", spec)
        };
        let head_norms = match config.has_head_norm {
            true => Some([head_norm(names.head_norms[0])?, head_norm(names.head_norms[1])?]),
            false => None,
        };
        let rotary = match &config.positions {
            Positions::Rotary { rotary, .. } => Some((**rotary).clone()),
            Positions::Learned { .. } => None,
        };
        let options = Attention {
            n_kv_heads,
            is_causal: config.is_causal,
            dropout: config.attention_dropout,
            // The operation does not count the token itself.
            window: config.windows.get(layer).copied().flatten().map(|n| n.saturating_sub(1)),
            ..Attention::new(n_heads)
        };
        let norm_eps = config.norm_eps;
        Ok(Self { qkv, output, head_norms, norm_eps, rotary, options, head_dim })
    }

    /// # Shapes
    /// - x: `(n_tokens, hidden)`, with a position for each token
    /// - output: as x
    pub(crate) fn forward(
        &self,
        x: &Tensor,
        offsets: &Offsets,
        positions: &[u32],
        mode: Mode,
    ) -> Result<Tensor> {
        let qkv = self.positioned_qkv(x, positions, mode)?;
        let context = self_attention(&qkv, offsets, &self.options, mode.layer(1))?;
        self.output.forward(&context, mode.layer(2))
    }

    /// The output for one token of each sentence alone: what a head that reads no other token needs
    /// of the last layer. Only for attention that sees the whole sentence from anywhere.
    ///
    /// # Shapes
    /// - x: `(n_tokens, hidden)`; picked: the rows `(batch, hidden)` of it
    /// - output: `(batch, hidden)`
    pub(crate) fn forward_picked(
        &self,
        x: &Tensor,
        picked: &Tensor,
        offsets: &Offsets,
        mode: Mode,
    ) -> Result<Option<Tensor>> {
        let [q, k, v] = self.qkv.as_slice() else { return Ok(None) };
        let is_local = self.options.is_causal || self.options.window.is_some();
        if is_local || self.rotary.is_some() || self.head_norms.is_some() {
            return Ok(None);
        }
        let kv = stacked(&[k.clone(), v.clone()], x, mode.layer(0))?;
        let width = self.options.n_kv_heads * self.head_dim;
        let (k, v) = (kv.narrow(1, 0, width)?, kv.narrow(1, width, width)?);
        let q = q.forward(picked, mode.layer(3))?;
        let one_each = Offsets::from_lengths(std::iter::repeat_n(1, offsets.n_rows()));
        let context = attention(&q, &k, &v, &one_each, offsets, &self.options, mode.layer(1))?;
        self.output.forward(&context, mode.layer(2)).map(Some)
    }

    /// The output for new tokens, which see those that the cache holds and are added to it.
    pub(crate) fn forward_cached(
        &self,
        x: &Tensor,
        offsets: &Offsets,
        positions: &[u32],
        cache: &mut KvCache,
    ) -> Result<Tensor> {
        let qkv = self.positioned_qkv(x, positions, Mode::Eval)?;
        let (q, kv) = (self.options.n_heads, self.options.n_kv_heads);
        let part = |first: usize, n: usize| {
            qkv.narrow(1, first * self.head_dim, n * self.head_dim)?.contiguous()
        };
        cache.append(&part(q, kv)?, &part(q + kv, kv)?, offsets)?;
        let context = cache.attend(&part(0, q)?, offsets, &self.options)?;
        self.output.forward(&context, Mode::Eval)
    }

    /// Queries, keys and values of each token side by side, normalized and turned.
    fn positioned_qkv(&self, x: &Tensor, positions: &[u32], mode: Mode) -> Result<Tensor> {
        let mut qkv = stacked(&self.qkv, x, mode.layer(0))?;
        let (n_heads, n_kv_heads) = (self.options.n_heads, self.options.n_kv_heads);
        if let Some([q_norm, k_norm]) = &self.head_norms {
            let (q, k) = (0..n_heads, n_heads..n_heads + n_kv_heads);
            let parts = [(q, q_norm.into()), (k, k_norm.into())];
            qkv = rms_norm_heads(&qkv, &parts, self.norm_eps)?;
        }
        match &self.rotary {
            Some(rotary) => rotary_heads(&qkv, positions, 0..n_heads + n_kv_heads, rotary),
            None => Ok(qkv),
        }
    }
}
