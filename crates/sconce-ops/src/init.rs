//! How fresh parameters are filled.

use candle_core::{DType, Device, Result, Shape, Tensor, Var, bail};
use rayon::prelude::*;

use crate::random::Random;

mod orthogonal;

/// Elements that one task draws.
const BLOCK: usize = 1 << 12;

/// Initial values of a parameter. Every random one is drawn from the store's seed and the
/// parameter's name, so neither the order of creation nor other parameters nor the number of
/// threads change it.
///
/// PyTorch's defaults by kind of layer are constructors of [`ParamSpec`](crate::ParamSpec); here
/// `fan_in` and `fan_out` are its, of shape `(out, in, width...)`: `in · widths` and
/// `out · widths`.
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
    /// Normal distribution without its tails: what lies beyond `mean ± at · std` is drawn again.
    TruncatedNormal {
        /// Mean.
        mean: f64,
        /// Standard deviation before the cut.
        std: f64,
        /// Where to cut, in standard deviations; at least 0.01.
        at: f64,
    },
    /// Uniform over `±1/sqrt(fan_in)`, PyTorch's default for weights of linear and convolution
    /// layers.
    TorchLinear,
    /// Uniform over `±1/sqrt(n)`: PyTorch's default for the biases of linear and convolution
    /// layers with `n` their fan-in, for weights whose shape is not `(out, in, ...)`, and for
    /// all of a recurrent layer with `n` its hidden size.
    FanIn(usize),
    /// Uniform over `±sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
    XavierUniform,
    /// Normal with variance `2 / (fan_in + fan_out)` (Glorot and Bengio, 2010).
    XavierNormal,
    /// Uniform over `±gain · sqrt(3 / fan_in)`; the gain of ReLU is `sqrt(2)` (He et al., 2015,
    /// arXiv:1502.01852).
    KaimingUniform {
        /// What the activation makes up for.
        gain: f64,
    },
    /// Normal with standard deviation `gain / sqrt(fan_in)`.
    KaimingNormal {
        /// What the activation makes up for.
        gain: f64,
    },
    /// Rows, or columns where those are fewer, of length `gain` and at right angles, seen as a
    /// matrix `(first dimension, all others)` (Saxe et al., 2014, arXiv:1312.6120).
    Orthogonal {
        /// Length of each row or column.
        gain: f64,
    },
    /// Blocks along the first dimension: so many of it each, filled in its own way.
    Stacked(Vec<(usize, Init)>),
    /// One row of zeros, such as that of a padding token, and all others in another way.
    ZeroRow {
        /// Which row.
        row: usize,
        /// How to fill the others.
        others: Box<Init>,
    },
    /// These values, in row-major order (pretrained vectors, say).
    Values(Vec<f32>),
}

impl Init {
    /// All zeros.
    pub const ZEROS: Self = Self::Constant(0.);
    /// All ones.
    pub const ONES: Self = Self::Constant(1.);

    /// Normal around zero. BERT's weights start with a standard deviation of 0.02.
    pub fn normal(std: f64) -> Self {
        Self::Normal { mean: 0., std }
    }

    /// Normal around zero, cut at two standard deviations, as in BERT's first implementation.
    pub fn truncated_normal(std: f64) -> Self {
        Self::TruncatedNormal { mean: 0., std, at: 2. }
    }

    /// The same with this row zero.
    #[must_use]
    pub fn with_zero_row(self, row: usize) -> Self {
        Self::ZeroRow { row, others: Box::new(self) }
    }

    /// Whether the values follow from the seed and not from a list.
    pub(crate) fn is_drawn(&self) -> bool {
        match self {
            Self::Values(_) => false,
            Self::ZeroRow { others, .. } => others.is_drawn(),
            Self::Stacked(blocks) => blocks.iter().all(|(_, init)| init.is_drawn()),
            _ => true,
        }
    }

    /// Draws the values of a parameter.
    pub(crate) fn var(
        &self,
        shape: &Shape,
        dtype: DType,
        device: &Device,
        random: Random,
    ) -> Result<Var> {
        expect_to_fit(shape.dims())?;
        let values = self.values(shape.dims(), random)?;
        if dtype == DType::F32 {
            return Var::from_vec(values, shape, device);
        }
        Var::from_tensor(&Tensor::from_vec(values, shape, device)?.to_dtype(dtype)?)
    }

    fn values(&self, dims: &[usize], random: Random) -> Result<Vec<f32>> {
        let n: usize = dims.iter().product();
        let uniform =
            |low: f64, high: f64| draw(n, |i| (low + (high - low) * random.uniform(i)) as f32);
        let normal = |mean: f64, std: f64| draw(n, |i| (mean + std * random.normal(i)) as f32);
        let within = |bound: f64| uniform(-bound, bound);
        let fan_in: usize = dims.iter().skip(1).product();
        Ok(match self {
            Self::Constant(value) => vec![*value as f32; n],
            Self::Uniform { low, high } => uniform(*low, *high),
            Self::Normal { mean, std } => normal(*mean, *std),
            Self::TruncatedNormal { mean, std, at } => {
                let central = truncated(n, *at, random)?;
                central.into_iter().map(|z| (mean + std * z) as f32).collect()
            }
            Self::TorchLinear => within(1. / (fan_in.max(1) as f64).sqrt()),
            Self::FanIn(fan_in) => within(1. / ((*fan_in).max(1) as f64).sqrt()),
            Self::XavierUniform => within((6. / fans(dims)?).sqrt()),
            Self::XavierNormal => normal(0., (2. / fans(dims)?).sqrt()),
            Self::KaimingUniform { gain } => within(gain * (3. / fan_in.max(1) as f64).sqrt()),
            Self::KaimingNormal { gain } => normal(0., gain / (fan_in.max(1) as f64).sqrt()),
            Self::Orthogonal { gain } => {
                let n_rows = dims.first().copied().unwrap_or(1);
                orthogonal::rows(n_rows, fan_in, *gain, random)
            }
            Self::Stacked(blocks) => stacked(blocks, dims, random)?,
            Self::ZeroRow { row, others } => {
                let mut values = others.values(dims, random)?;
                if dims.first().is_none_or(|n_rows| row >= n_rows) {
                    bail!("initial values: no row {row} to be zero in shape {dims:?}");
                }
                values[row * fan_in..][..fan_in].fill(0.);
                values
            }
            Self::Values(values) if values.len() == n => values.clone(),
            Self::Values(values) => {
                bail!("initial values: shape {dims:?} takes {n}, got {}", values.len())
            }
        })
    }
}

/// The values that `value` has for the places from 0 to `n`, on all threads.
fn draw<T: Send>(n: usize, value: impl Fn(u64) -> T + Sync) -> Vec<T> {
    (0..n).into_par_iter().with_min_len(BLOCK).map(|i| value(i as u64)).collect()
}

/// Fan-in plus fan-out.
fn fans(dims: &[usize]) -> Result<f64> {
    let [n_out, n_in, widths @ ..] = dims else {
        bail!("initial values: shape {dims:?} has no fan-in and fan-out; two dimensions are needed")
    };
    let width: usize = widths.iter().product();
    Ok(((n_out + n_in) * width).max(1) as f64)
}

/// Standard normal numbers of at most this magnitude.
fn truncated(n: usize, at: f64, random: Random) -> Result<Vec<f64>> {
    // Closer to zero than this nearly every draw is thrown away.
    if at.is_nan() || at < 0.01 {
        bail!("initial values: cannot cut a normal distribution at {at} standard deviations");
    }
    Ok(draw(n, |i| {
        let tries = random.fork(i);
        (0..).map(|attempt| tries.normal(attempt)).find(|z| z.abs() <= at).unwrap_or(0.)
    }))
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
