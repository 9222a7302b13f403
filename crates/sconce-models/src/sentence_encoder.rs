//! One vector for each sentence (Reimers and Gurevych, 2019, arXiv:1908.10084): a transformer, its
//! tokens pooled, perhaps a layer, perhaps length 1.

use candle_core::Tensor;
use sconce_ops::{
    Init, Mode, Offsets, ParamSpec, Params, first_of_each, last_of_each, max_over_time,
    mean_over_time, sum_over_time,
};

use crate::backbone::Backbone;
use crate::config::PretrainedConfig;
use crate::error::Result;
use crate::lora::Adapters;
use crate::sentence_modules::{PoolingMode, SentenceModules};
use crate::tokens::Tokens;
use crate::transformer::{MapSpec, Pick, Projection};

const TRANSFORMER: u64 = 1;

/// Added to the square of a vector's length: what divides by it is never 0, and no digit of any
/// other vector changes.
const SMALLEST_SQUARE: f64 = 1e-24;

/// A model that embeds sentences, or tokens. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct SentenceEncoder {
    backbone: Backbone,
    modules: SentenceModules,
    dense: Option<Projection>,
}

impl SentenceEncoder {
    /// Creates or finds the parameters; without steps in the config the mean of the tokens, of
    /// length 1, stands for a sentence.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn new(config: &PretrainedConfig, params: &Params) -> Result<Self> {
        let backbone = Backbone::new(config, params)?;
        let modules = config.sentence.clone().unwrap_or_default();
        let sizes = backbone.transformer.config();
        let dense = modules.dense.as_ref().map(|dense| {
            let n_in = modules.pooling.len() * sizes.hidden_size;
            let spec = MapSpec::new(n_in, dense.out_features, sizes.initializer_range);
            backbone.root().pp(&dense.folder).projection("linear", spec.biased(dense.bias))
        });
        let dense = dense.transpose()?;
        keep_pooler(&backbone)?;
        backbone.finish()?;
        Ok(Self { backbone, modules, dense })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &PretrainedConfig {
        &self.backbone.config
    }

    /// The steps after the transformer.
    pub fn modules(&self) -> &SentenceModules {
        &self.modules
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        self.backbone.adapters.as_ref()
    }

    /// Size of a sentence's vector.
    pub fn output_dim(&self) -> usize {
        self.modules.output_dim(self.backbone.transformer.config().hidden_size)
    }

    /// Vectors of the tokens.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`; output: `(n_tokens, hidden)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, the offsets do not cover the ids, or a sentence is longer
    /// than the model's positions.
    pub fn encode_tokens(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        self.backbone.transformer.forward(tokens, mode.layer(TRANSFORMER))
    }

    /// The embeddings and the output of each layer (Hugging Face's `hidden_states`).
    ///
    /// # Shapes
    /// - outputs: `n_layers + 1` of `(n_tokens, hidden)`
    ///
    /// # Errors
    /// As [`encode_tokens`](Self::encode_tokens).
    pub fn hidden_states(
        &self,
        tokens: &Tokens<'_>,
        mode: Mode,
    ) -> candle_core::Result<Vec<Tensor>> {
        self.backbone.transformer.hidden_states(tokens, mode.layer(TRANSFORMER))
    }

    /// One vector for each sentence.
    ///
    /// # Shapes
    /// - tokens: `n_tokens` of `batch` sentences; output: `(batch, output_dim)`
    ///
    /// # Errors
    /// As [`encode_tokens`](Self::encode_tokens).
    pub fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        let transformer = &self.backbone.transformer;
        let inner = mode.layer(TRANSFORMER);
        let mut x = match self.modules.pooling.as_slice() {
            [PoolingMode::Cls] => transformer.forward_picked(tokens, Pick::First, inner)?,
            [PoolingMode::Last] => transformer.forward_picked(tokens, Pick::Last, inner)?,
            modes => {
                let x = transformer.forward(tokens, inner)?;
                let pooled = modes.iter().map(|mode| pool(&x, tokens.offsets, *mode));
                Tensor::cat(&pooled.collect::<candle_core::Result<Vec<_>>>()?, 1)?
            }
        };
        if let (Some(dense), Some(module)) = (&self.dense, &self.modules.dense) {
            x = match module.activation {
                Some(activation) => dense.activated(&x, activation, mode)?,
                None => dense.forward(&x, mode)?,
            };
        }
        match self.modules.normalize {
            true => normalize(&x),
            false => Ok(x),
        }
    }
}

/// Takes the pooler of a file along, so that it is there again when the model is saved; nothing here
/// reads it.
fn keep_pooler(backbone: &Backbone) -> Result<()> {
    let Some(name) = backbone.config.blueprint().pooler else { return Ok(()) };
    let scope = backbone.inner().pp(name);
    let width = backbone.transformer.config().hidden_size;
    let left_over = scope.params().store().load_report().unexpected;
    let has_pooler = left_over.iter().any(|tensor| *tensor == format!("{name}.weight"));
    if has_pooler {
        let frozen = |shape: candle_core::Shape| {
            ParamSpec::new(shape, Init::Constant(0.)).no_decay().trainable(false)
        };
        scope.get("weight", frozen((width, width).into()))?;
        scope.get("bias", frozen(width.into()))?;
    }
    Ok(())
}

fn pool(x: &Tensor, offsets: &Offsets, mode: PoolingMode) -> candle_core::Result<Tensor> {
    match mode {
        PoolingMode::Cls => first_of_each(x, offsets),
        PoolingMode::Last => last_of_each(x, offsets),
        PoolingMode::Max => max_over_time(x, offsets),
        PoolingMode::Mean => mean_over_time(x, offsets),
        PoolingMode::MeanSqrtLength => {
            let roots = offsets.iter().map(|row| (row.len().max(1) as f64).sqrt());
            mean_over_time(x, offsets)?.broadcast_mul(&column(roots, x)?)
        }
        PoolingMode::WeightedMean => {
            let weights = offsets.iter().flat_map(|row| {
                let n = row.len() as f64;
                (1..=row.len()).map(move |i| 2. * i as f64 / (n * (n + 1.)))
            });
            sum_over_time(&x.broadcast_mul(&column(weights, x)?)?, offsets)
        }
    }
}

/// Numbers as a column `(n, 1)`, of the type and on the device of another tensor.
fn column(values: impl Iterator<Item = f64>, like: &Tensor) -> candle_core::Result<Tensor> {
    let values: Vec<f64> = values.collect();
    let n = values.len();
    Tensor::from_vec(values, (n, 1), like.device())?.to_dtype(like.dtype())
}

/// Each row at length 1; a row of zeros stays so.
fn normalize(x: &Tensor) -> candle_core::Result<Tensor> {
    let squares = (x.sqr()?.sum_keepdim(1)? + SMALLEST_SQUARE)?;
    x.broadcast_div(&squares.sqrt()?)
}
