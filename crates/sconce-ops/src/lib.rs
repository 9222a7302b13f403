//! candle, but training works: differentiable tensor operations, and what training needs around
//! them: losses, optimizers, seeded randomness and a store of named parameters.
//!
//! candle's autograd drives; an operation here is one node of its graph with a forward and a
//! backward pass written by hand for `f32` and `f64` on the CPU, and the same function composed of
//! candle's own operations for other types and devices, where nothing is fused. Sequences are
//! *packed*: the tokens of a batch lie one sentence after the other in `(n_tokens, dim)`, and
//! [`Offsets`] say where each sentence begins, so no kernel ever computes a pad token.
//!
//! Operations: [`linear`], [`feed_forward`], [`Activation`], [`matmul`]; [`layer_norm`],
//! [`rms_norm`], [`softmax`]; [`attention`], [`rotary`](rotary()), [`KvCache`]; [`recurrent`]
//! (LSTM, GRU); CRFs ([`crf_negative_log_likelihood`], [`viterbi`]); [`embedding`],
//! [`embedding_bag`]; pooling ([`mean_over_time`], [`conv_max_over_time`]); [`dropout`]; losses
//! ([`CrossEntropy`], [`bce_with_logits`], [`kl_div`], [`huber`]) and their kin. Around them:
//! [`GradientMean`], [`Ema`], [`checkpoint`](checkpoint()), [`ParamStore::no_grad`].
//!
//! Key types: [`ParamStore`] owns the weights by name, hands them out as [`Param`]s, and is the
//! only way to read gradients ([`ParamStore::backward`]); [`Gradients`] go to an [`Optimizer`];
//! [`GradientAudit`] stops a training run whose gradients do not arrive; [`Mode`] tells a forward
//! pass whether to drop out, and with which seed.
//!
//! This crate knows nothing of text, files of text, models or training loops; it never prints,
//! never chooses a device, and draws no random number that its caller did not seed.
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use sconce_ops::{AdamW, Init, Optimizer, ParamSpec, ParamStore, linear, mean_squared_error};
//!
//! # fn main() -> candle_core::Result<()> {
//! // Fit y = 2 a - b.
//! let store = ParamStore::new(&Device::Cpu, 42);
//! let weight = store.root().get("weight", ParamSpec::new((1, 2), Init::TorchLinear))?;
//! let x = Tensor::new(&[[1f32, 0.], [0., 1.], [1., 1.]], &Device::Cpu)?;
//! let y = Tensor::new(&[[2f32], [-1.], [1.]], &Device::Cpu)?;
//! let mut optimizer = AdamW::default();
//! for _ in 0..500 {
//!     let loss = mean_squared_error(&linear(&x, &weight, None)?, &y)?;
//!     let gradients = store.backward(&loss)?;
//!     optimizer.step(&store, &gradients, 0.05)?;
//! }
//! let fitted = weight.tensor().flatten_all()?.to_vec1::<f32>()?;
//! assert!((fitted[0] - 2.).abs() < 1e-3 && (fitted[1] + 1.).abs() < 1e-3);
//! # Ok(())
//! # }
//! ```

mod activation;
mod attention;
mod checkpoint;
mod conv_max;
mod crf;
mod cross_entropy;
mod dropout;
mod element;
mod ema;
mod embedding;
mod embedding_bag;
mod feed_forward;
mod gated;
mod gemm;
mod gradient_audit;
mod gradients;
mod init;
mod kv_cache;
mod layer_norm;
mod linear;
mod losses;
mod math;
mod matmul;
mod mode;
mod norm;
mod offsets;
mod optimizer;
mod param_store;
mod pooling;
mod random;
mod recurrent;
mod reduction;
mod rms_norm;
mod rotary;
mod rows;
mod simd;
mod softmax;
#[cfg(test)]
mod test_support;
mod weights;

pub use crate::activation::Activation;
pub use crate::attention::{
    Attention, Bias, RelativeBias, alibi_slopes, attention, relative_buckets, self_attention,
};
pub use crate::checkpoint::checkpoint;
pub use crate::conv_max::conv_max_over_time;
pub use crate::crf::{
    AllowedTransitions, BestPaths, CrfWeights, crf_marginals, crf_negative_log_likelihood, viterbi,
};
pub use crate::cross_entropy::{CrossEntropy, IGNORE_INDEX};
pub use crate::dropout::{add_dropout, dropout};
pub use crate::ema::{Ema, EmaStart};
pub use crate::embedding::embedding;
pub use crate::embedding_bag::{BagMode, embedding_bag};
pub use crate::feed_forward::{FeedForward, feed_forward};
pub use crate::gated::gated_activation;
pub use crate::gradient_audit::GradientAudit;
pub use crate::gradients::{Gradient, GradientMean, Gradients, RowGradient};
pub use crate::init::Init;
pub use crate::kv_cache::KvCache;
pub use crate::layer_norm::{add_layer_norm, layer_norm};
pub use crate::linear::{linear, linear_activated, linear_stacked};
pub use crate::losses::{
    bce_with_logits, cosine_embedding_loss, cosine_similarity, huber, kl_div, kl_div_logits,
    mean_squared_error, smooth_l1, squared_error,
};
pub use crate::matmul::{matmul, matmul_transposed};
pub use crate::mode::{DropoutKey, Mode};
pub use crate::offsets::Offsets;
pub use crate::optimizer::{
    Adafactor, Adagrad, AdamW, Decay, Lamb, Lion, Optimizer, OptimizerStates, ParamGroup,
    ParamGroups, RmsProp, Sgd, Sparse,
};
pub use crate::param_store::{
    Buffer, LoadReport, Mismatch, NoGrad, Param, ParamSpec, ParamStore, Params, SaveOptions,
    Weight, WeightFiles,
};
pub use crate::pooling::{
    first_of_each, last_of_each, max_over_time, mean_over_time, sum_over_time,
};
pub use crate::random::Random;
pub use crate::recurrent::{
    RecurrentConfig, RecurrentKind, RecurrentStates, RecurrentWeights, recurrent,
    recurrent_with_states,
};
pub use crate::reduction::Reduction;
pub use crate::rms_norm::{add_rms_norm, rms_norm, rms_norm_heads};
pub use crate::rotary::{Rotary, RotaryScaling, rotary, rotary_heads};
pub use crate::softmax::{log_softmax, masked_softmax, softmax};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
