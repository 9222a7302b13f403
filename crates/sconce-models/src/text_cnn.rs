//! The convolutional network of Kim, *Convolutional neural networks for sentence classification*
//! (EMNLP 2014, arXiv:1408.5882): for each width `k` and filter `f`,
//! `max over windows of relu(b_f + Σ_j w_{k,j,f} · x_{s+j})`, all filters side by side.

use candle_core::{Result, Tensor};
use sconce_ops::{Init, Mode, Offsets, Param, ParamSpec, Params, conv_max_over_time};
use serde::{Deserialize, Serialize};

use crate::seq2vec::Seq2VecEncoder;

/// Settings of a [`TextCnn`]; the defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextCnnConfig {
    /// Words that a window spans, for each bank of filters (3, 4, 5).
    pub filter_widths: Vec<usize>,
    /// Filters of each width (100).
    pub n_filters: usize,
}

impl Default for TextCnnConfig {
    fn default() -> Self {
        Self { filter_widths: vec![3, 4, 5], n_filters: 100 }
    }
}

/// Convolutions over windows of words with ReLU and max-over-time pooling.
#[derive(Debug, Clone)]
pub struct TextCnn {
    weight: Param,
    bias: Param,
    widths: Vec<usize>,
    n_filters: usize,
    input_dim: usize,
}

impl TextCnn {
    /// Creates or finds `weight (sum(widths), n_filters, input_dim)` and
    /// `bias (widths.len() * n_filters,)`, with PyTorch's initial values of a convolution.
    ///
    /// # Errors
    /// If they exist with other shapes, or the config has no filter.
    pub fn new(config: &TextCnnConfig, input_dim: usize, params: &Params) -> Result<Self> {
        let widths = config.filter_widths.clone();
        if widths.is_empty() || widths.contains(&0) || config.n_filters == 0 {
            candle_core::bail!(
                "textcnn: filter_widths {widths:?} and n_filters {} must be positive",
                config.n_filters
            );
        }
        let n_taps = widths.iter().try_fold(0usize, |sum, &width| sum.checked_add(width));
        let n_features = widths.len().checked_mul(config.n_filters);
        let (Some(n_taps), Some(n_features)) = (n_taps, n_features) else {
            candle_core::bail!("textcnn: filter_widths {widths:?} are too large together");
        };
        let fan_in = |width: &usize| Init::FanIn(width.saturating_mul(input_dim));
        let weights = widths.iter().map(|width| (*width, fan_in(width))).collect();
        let biases = widths.iter().map(|width| (config.n_filters, fan_in(width))).collect();
        let shape = (n_taps, config.n_filters, input_dim);
        let weight = params.get("weight", ParamSpec::new(shape, Init::Stacked(weights)))?;
        let bias = ParamSpec::new(n_features, Init::Stacked(biases));
        let bias = params.get("bias", bias.no_decay())?;
        Ok(Self { weight, bias, widths, n_filters: config.n_filters, input_dim })
    }
}

impl Seq2VecEncoder for TextCnn {
    fn input_dim(&self) -> usize {
        self.input_dim
    }

    fn output_dim(&self) -> usize {
        self.widths.len() * self.n_filters
    }

    fn forward(&self, embedded: &Tensor, offsets: &Offsets, _: Mode) -> Result<Tensor> {
        conv_max_over_time(embedded, &self.weight, &self.bias, offsets, &self.widths)
    }
}
