//! Differentiable tensor operations on candle that train right, and what training needs around
//! them: losses, an optimizer, seeded randomness and a store of named parameters.
//!
//! candle's autograd drives; an operation here is one node of its graph with a forward and a
//! backward pass written by hand for the CPU, and the same function composed of candle's own
//! operations on other devices. Sequences are *packed*: the tokens of a batch lie one sentence
//! after the other in `(n_tokens, dim)`, and [`Offsets`] say where each sentence begins, so no
//! operation ever computes a pad token.
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
mod conv_max;
mod cross_entropy;
mod dropout;
mod element;
mod embedding;
mod feed_forward;
mod gated;
mod gemm;
mod gradient_audit;
mod gradients;
mod init;
mod linear;
mod math;
mod matmul;
mod mean_over_time;
mod mode;
mod offsets;
mod optimizer;
mod param_store;
mod random;
mod recurrent;
mod simd;
#[cfg(test)]
mod test_support;
mod weights;

pub use crate::activation::Activation;
pub use crate::conv_max::conv_max_over_time;
pub use crate::cross_entropy::{CrossEntropy, IGNORE_INDEX, mean_squared_error};
pub use crate::dropout::dropout;
pub use crate::embedding::embedding;
pub use crate::feed_forward::{FeedForward, feed_forward};
pub use crate::gated::gated_activation;
pub use crate::gradient_audit::GradientAudit;
pub use crate::gradients::{Gradient, Gradients, RowGradient};
pub use crate::init::Init;
pub use crate::linear::{linear, linear_activated, linear_stacked};
pub use crate::matmul::{matmul, matmul_transposed};
pub use crate::mean_over_time::mean_over_time;
pub use crate::mode::{DropoutKey, Mode};
pub use crate::offsets::Offsets;
pub use crate::optimizer::{AdamW, Decay, Optimizer};
pub use crate::param_store::{
    LoadReport, Mismatch, NoGrad, Param, ParamSpec, ParamStore, Params, Weight,
};
pub use crate::random::Random;
pub use crate::recurrent::{
    RecurrentConfig, RecurrentKind, RecurrentStates, RecurrentWeights, recurrent,
    recurrent_with_states,
};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
