//! Linear-chain conditional random fields over packed sentences (Lafferty, McCallum and Pereira,
//! *Conditional random fields*, ICML 2001; on top of a neural encoder: Ma and Hovy, 2016,
//! arXiv:1603.01354).
//!
//! A path `y` of labels through a sentence scores
//! `s(y) = start[y_1] + Σ_t emissions[t, y_t] + Σ_t transitions[y_t, y_(t+1)] + end[y_n]` and has the
//! probability `exp(s(y)) / Σ_y' exp(s(y'))`. The sum over all paths is the forward algorithm's;
//! its gradient, by the backward algorithm, is the probability of each label and transition.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp2, DType, Device, Layout, Result, Shape, Tensor, bail};

use crate::element::{
    Element, contiguous, elements, for_dtype, has_kernel, host_tensor, result, with_elements,
};
use crate::offsets::Offsets;
use crate::param_store::Weight;
use crate::weights::WeightList;

mod allowed;
mod backward;
mod chain;
mod composed;
mod forward;
mod log_matrix;
mod viterbi;

pub use self::allowed::AllowedTransitions;
pub use self::viterbi::BestPaths;

use self::backward::Backward;
use self::chain::Chain;
use self::forward::Forward;

/// The weights of a linear chain, made anew for each forward pass as [`Weight`]s are.
#[derive(Clone)]
pub struct CrfWeights {
    transitions: Weight,
    starts: Weight,
    ends: Weight,
    allowed: Option<AllowedTransitions>,
}

impl CrfWeights {
    /// Scores of each transition, of beginning and of ending with each label.
    ///
    /// # Shapes
    /// - transitions: `(n_labels, n_labels)`, from and to
    /// - starts, ends: `(n_labels,)`
    pub fn new(
        transitions: impl Into<Weight>,
        starts: impl Into<Weight>,
        ends: impl Into<Weight>,
    ) -> Self {
        Self {
            transitions: transitions.into(),
            starts: starts.into(),
            ends: ends.into(),
            allowed: None,
        }
    }

    /// Leaves all other paths out of every sum and maximum.
    #[must_use]
    pub fn with_allowed(self, allowed: AllowedTransitions) -> Self {
        Self { allowed: Some(allowed), ..self }
    }

    fn list(&self) -> [&Weight; 3] {
        [&self.transitions, &self.starts, &self.ends]
    }

    /// Fails unless everything fits `emissions`; gives the number of labels.
    fn check(&self, op: &'static str, emissions: &Tensor, offsets: &Offsets) -> Result<usize> {
        let (n_tokens, n_labels) = emissions.dims2()?;
        offsets.expect_tokens(op, n_tokens)?;
        if n_labels == 0 {
            bail!("{op}: emissions {:?} have no labels", emissions.shape());
        }
        for (name, weight, expected) in [
            ("transitions", &self.transitions, &[n_labels, n_labels][..]),
            ("starts", &self.starts, &[n_labels]),
            ("ends", &self.ends, &[n_labels]),
        ] {
            let weight = weight.tensor();
            if weight.dims() != expected {
                bail!("{op}: {n_labels} labels, {name} {:?}, not {expected:?}", weight.shape());
            }
            if weight.dtype() != emissions.dtype() {
                let (is, expected) = (weight.dtype(), emissions.dtype());
                bail!("{op}: {name} are {is:?}, emissions {expected:?}; convert one");
            }
        }
        match &self.allowed {
            Some(allowed) if allowed.n_labels() != n_labels => {
                bail!("{op}: {n_labels} labels, allowed transitions of {}", allowed.n_labels())
            }
            _ => Ok(n_labels),
        }
    }
}

/// The negative log-likelihood of each sentence's tags, `ln Σ_y' exp(s(y')) - s(tags)`; 0 of a
/// sentence without tokens. Sum it up or average it to get a loss.
///
/// It is exact for any finite scores, also for large negative ones that stand for "never".
///
/// # Shapes
/// - emissions: `(n_tokens, n_labels)`
/// - tags: `n_tokens`
/// - output: `(batch,)`
///
/// # Errors
/// If the shapes or types do not fit each other, a tag is not below `n_labels`, or the tags take a
/// step that is not allowed.
pub fn crf_negative_log_likelihood(
    emissions: &Tensor,
    weights: &CrfWeights,
    tags: &[u32],
    offsets: &Offsets,
) -> Result<Tensor> {
    let n_labels = weights.check("crf", emissions, offsets)?;
    if tags.len() != offsets.n_tokens() {
        bail!("crf: {} tokens, {} tags", offsets.n_tokens(), tags.len());
    }
    if let Some(at) = tags.iter().position(|&tag| tag as usize >= n_labels) {
        bail!(
            "crf: tag {} of token {at} is not below {n_labels}; every token of a chain needs a tag",
            tags[at]
        );
    }
    if let Some(allowed) = &weights.allowed {
        allowed.check(tags, offsets)?;
    }
    if !has_kernel(emissions) {
        let tensors = weights.list().map(Weight::tensor);
        let allowed = weights.allowed.as_ref();
        return composed::negative_log_likelihood(emissions, tensors, allowed, tags, offsets);
    }
    let list = WeightList::new(&weights.list())?;
    let argument = list.argument().clone();
    let op = NegativeLogLikelihood {
        is_tracked: emissions.track_op() || list.any_tracked(),
        list,
        allowed: weights.allowed.clone(),
        tags: tags.to_vec(),
        offsets: offsets.clone(),
        prefixes: OnceLock::new(),
    };
    emissions.contiguous()?.apply_op2(&argument, op)
}

/// The probability of each label at each token, given the sentence. Not differentiable: the result
/// is detached.
///
/// # Shapes
/// - emissions, output: `(n_tokens, n_labels)`
///
/// # Errors
/// If the shapes or types do not fit each other.
pub fn crf_marginals(
    emissions: &Tensor,
    weights: &CrfWeights,
    offsets: &Offsets,
) -> Result<Tensor> {
    weights.check("crf_marginals", emissions, offsets)?;
    let host = to_host(emissions)?;
    for_dtype!("crf_marginals", host.dtype(), T => {
        let chain = host_chain::<T>(weights)?;
        let probabilities = with_elements("crf_marginals", &host, |emissions: &[T]| {
            let prefixes = Forward::run(&chain, emissions, offsets, true).prefixes;
            let upstream = vec![1 as T; offsets.n_rows()];
            let backward = Backward {
                chain: &chain,
                offsets,
                emissions,
                prefixes: &prefixes,
                tags: None,
                upstream: &upstream,
            };
            Ok(backward.run(false).0)
        })?;
        let probabilities = host_tensor(probabilities, emissions.shape())?;
        probabilities.to_device(emissions.device())?.to_dtype(emissions.dtype())
    })
}

/// The best path of each sentence. Of paths with the same score, the one whose labels are lower,
/// compared from the last token on.
///
/// The scores come to the CPU for this, from wherever they are.
///
/// # Shapes
/// - emissions: `(n_tokens, n_labels)`
///
/// # Errors
/// If the shapes or types do not fit each other, a score is NaN, or a sentence has no allowed path.
pub fn viterbi(emissions: &Tensor, weights: &CrfWeights, offsets: &Offsets) -> Result<BestPaths> {
    weights.check("viterbi", emissions, offsets)?;
    let host = to_host(emissions)?;
    for_dtype!("viterbi", host.dtype(), T => {
        let chain = host_chain::<T>(weights)?;
        with_elements("viterbi", &host, |emissions: &[T]| {
            viterbi::best_paths(&chain, emissions, offsets)
        })
    })
}

/// The values on the CPU in a type with kernels, contiguous and detached.
fn to_host(tensor: &Tensor) -> Result<Tensor> {
    let tensor = tensor.detach().to_device(&Device::Cpu)?;
    let tensor = if has_kernel(&tensor) { tensor } else { tensor.to_dtype(DType::F32)? };
    tensor.contiguous()
}

fn host_chain<T: Element>(weights: &CrfWeights) -> Result<Chain<T>> {
    let [transitions, starts, ends] = weights.list().map(|weight| to_host(weight.tensor()));
    chain([&transitions?, &starts?, &ends?], weights.allowed.as_ref())
}

/// The chain of contiguous CPU tensors.
fn chain<T: Element>(
    [transitions, starts, ends]: [&Tensor; 3],
    allowed: Option<&AllowedTransitions>,
) -> Result<Chain<T>> {
    let read = |tensor| elements::<T>("crf", tensor);
    Ok(Chain::new([&read(transitions)?, &read(starts)?, &read(ends)?], allowed))
}

struct NegativeLogLikelihood {
    list: WeightList,
    allowed: Option<AllowedTransitions>,
    tags: Vec<u32>,
    offsets: Offsets,
    is_tracked: bool,
    /// Those of [`Forward`], if there can be a backward pass.
    prefixes: OnceLock<CpuStorage>,
}

impl NegativeLogLikelihood {
    fn chain<T: Element>(&self) -> Result<Chain<T>> {
        chain([0, 1, 2].map(|index| self.list.tensor(index)), self.allowed.as_ref())
    }

    /// Gradients of the emissions and of the three weights.
    fn gradients<T: Element>(
        &self,
        emissions: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Tensor, Vec<Option<Tensor>>)> {
        let Some(prefixes) = self.prefixes.get() else {
            bail!("{}: backward before forward", self.name())
        };
        let (op, chain, prefixes) =
            (self.name(), self.chain::<T>()?, T::cpu_storage_as_slice(prefixes)?);
        let (d_emissions, d_weights) = with_elements(op, gradient, |upstream: &[T]| {
            with_elements(op, emissions, |values: &[T]| {
                let backward = Backward {
                    chain: &chain,
                    offsets: &self.offsets,
                    emissions: values,
                    prefixes,
                    tags: Some(&self.tags),
                    upstream,
                };
                Ok(backward.run(self.list.any_tracked()))
            })
        })?;
        let device = emissions.device();
        let d_weights = match d_weights {
            None => vec![None; 3],
            Some(weights) => [weights.transitions, weights.starts, weights.ends]
                .into_iter()
                .enumerate()
                .map(|(i, values)| {
                    Tensor::from_vec(values, self.list.tensor(i).shape(), device).map(Some)
                })
                .collect::<Result<_>>()?,
        };
        Ok((Tensor::from_vec(d_emissions, emissions.shape(), device)?, d_weights))
    }
}

impl CustomOp2 for NegativeLogLikelihood {
    fn name(&self) -> &'static str {
        "crf"
    }

    fn cpu_fwd(
        &self,
        emissions: &CpuStorage,
        layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        for_dtype!(self.name(), emissions.dtype(), T => {
            let emissions: &[T] = contiguous(self.name(), emissions, layout)?;
            let chain = self.chain::<T>()?;
            let forward = Forward::run(&chain, emissions, &self.offsets, self.is_tracked);
            let losses = self.offsets.iter().zip(&forward.log_sums).map(|(tokens, &log_sum)| {
                let emissions = &emissions[tokens.start * chain.n_labels..];
                (log_sum - chain.path_score(emissions, &self.tags[tokens])) as T
            });
            let losses: Vec<T> = losses.collect();
            if self.is_tracked {
                // A node's forward pass runs once; a second `set` could only repeat the first.
                let _ = self.prefixes.set(T::to_cpu_storage_owned(forward.prefixes));
            }
            Ok(result(losses, self.offsets.n_rows()))
        })
    }

    fn bwd(
        &self,
        emissions: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (d_emissions, d_weights) = for_dtype!(self.name(), emissions.dtype(), T => {
            self.gradients::<T>(emissions, gradient)
        })?;
        Ok((emissions.track_op().then_some(d_emissions), self.list.gradients(d_weights)?))
    }
}

#[cfg(test)]
mod tests;
