//! How fresh parameters are filled.

use candle_core::{DType, Device, Result, Shape, Tensor, bail};

use crate::random::Random;

/// Initial values of a parameter. Every random one is drawn from the store's seed and the
/// parameter's name, so neither the order of creation nor other parameters change it.
#[derive(Debug, Clone, PartialEq)]
pub enum Init {
    /// All the same value.
    Constant(f64),
    /// Uniform over `[low, high)`.
    Uniform {
        /// Smallest value.
        low: f64,
        /// Bound that is not reached.
        high: f64,
    },
    /// Normal distribution.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Uniform over `±1/sqrt(fan_in)`, PyTorch's default for weights of linear and convolution
    /// layers: with shape `(out, in, ...)`, `fan_in` is the product of all but the first.
    TorchLinear,
    /// Uniform over `±1/sqrt(fan_in)` with the fan-in given: PyTorch's default for the biases of
    /// linear and convolution layers, and for weights whose shape is not `(out, in, ...)`.
    FanIn(usize),
    /// Uniform over `±sqrt(6 / (fan_in + fan_out))` for shape `(out, in)` (Glorot and Bengio,
    /// 2010).
    XavierUniform,
    /// Blocks along the first dimension: so many of it each, filled in its own way.
    Stacked(Vec<(usize, Init)>),
    /// These values, in row-major order (pretrained vectors, say).
    Values(Vec<f32>),
}

impl Init {
    /// Draws the values of a parameter.
    pub(crate) fn tensor(
        &self,
        shape: &Shape,
        dtype: DType,
        device: &Device,
        random: Random,
    ) -> Result<Tensor> {
        expect_to_fit(shape.dims())?;
        let values = self.values(shape.dims(), random)?;
        Tensor::from_vec(values, shape, device)?.to_dtype(dtype)
    }

    fn values(&self, dims: &[usize], random: Random) -> Result<Vec<f32>> {
        let n: usize = dims.iter().product();
        let uniform = |low: f64, high: f64| -> Vec<f32> {
            (0..n as u64).map(|i| (low + (high - low) * random.uniform(i)) as f32).collect()
        };
        let bounded = |fan_in: usize| {
            let bound = 1. / (fan_in.max(1) as f64).sqrt();
            uniform(-bound, bound)
        };
        Ok(match self {
            Self::Constant(value) => vec![*value as f32; n],
            Self::Uniform { low, high } => uniform(*low, *high),
            Self::Normal { mean, std } => {
                (0..n as u64).map(|i| (mean + std * random.normal(i)) as f32).collect()
            }
            Self::TorchLinear => bounded(dims.iter().skip(1).product()),
            Self::FanIn(fan_in) => bounded(*fan_in),
            Self::XavierUniform => {
                let bound = (6. / dims.iter().sum::<usize>().max(1) as f64).sqrt();
                uniform(-bound, bound)
            }
            Self::Stacked(blocks) => stacked(blocks, dims, random)?,
            Self::Values(values) if values.len() == n => values.clone(),
            Self::Values(values) => {
                bail!("initial values: shape {dims:?} takes {n}, got {}", values.len())
            }
        })
    }
}

/// Fails if a tensor of this shape cannot be held: sizes come from files and options, and a wrong
/// one should be an error that names it, not the end of the process.
fn expect_to_fit(dims: &[usize]) -> Result<()> {
    let n = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
    // The values, and the variable that they are copied into.
    let fits = n
        .and_then(|n| n.checked_mul(2))
        .is_some_and(|n| Vec::<f32>::new().try_reserve_exact(n).is_ok());
    if !fits {
        bail!("a parameter of shape {dims:?} does not fit into memory; check its sizes");
    }
    Ok(())
}

fn stacked(blocks: &[(usize, Init)], dims: &[usize], random: Random) -> Result<Vec<f32>> {
    let total: usize = blocks.iter().map(|(n, _)| n).sum();
    if dims.first() != Some(&total) {
        bail!("initial values: blocks of {total} together for shape {dims:?}");
    }
    let mut values = Vec::with_capacity(dims.iter().product());
    for (block, (n, init)) in blocks.iter().enumerate() {
        let dims: Vec<usize> = std::iter::once(*n).chain(dims[1..].iter().copied()).collect();
        values.extend(init.values(&dims, random.fork(block as u64))?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
