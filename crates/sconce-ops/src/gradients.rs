//! The gradients of one backward pass.

use candle_core::{DType, Device, Result, Tensor, bail};
use rayon::prelude::*;

use crate::element::{Element, for_dtype, has_kernel, with_elements};
use crate::param_store::{Param, ParamStore};
use crate::simd::{dispatch, fold};

mod mean;

pub use self::mean::GradientMean;

/// Elements that one task sums at a time: fixed, so that sums do not depend on the threads.
const BLOCK: usize = 1 << 14;

/// Gradient of one parameter.
#[derive(Debug, Clone)]
pub enum Gradient {
    /// Same shape as the parameter.
    Dense(Tensor),
    /// Some rows of a parameter `(n_rows, dim)`; all others are zero.
    Rows(RowGradient),
}

/// The non-zero rows of a gradient.
#[derive(Debug, Clone)]
pub struct RowGradient {
    /// Which rows, rising, each once.
    pub rows: Vec<u32>,
    /// Their values, `(rows.len(), dim)`.
    pub values: Tensor,
}

impl Gradient {
    /// The tensor that holds all values that may be other than zero.
    pub fn values(&self) -> &Tensor {
        match self {
            Self::Dense(tensor) | Self::Rows(RowGradient { values: tensor, .. }) => tensor,
        }
    }

    /// The gradient as a tensor of the parameter's shape.
    ///
    /// # Errors
    /// If the rows do not fit the shape.
    pub fn to_dense(&self, shape: &[usize]) -> Result<Tensor> {
        match self {
            Self::Dense(tensor) => Ok(tensor.clone()),
            Self::Rows(rows) => {
                let zeros = Tensor::zeros(shape, rows.values.dtype(), rows.values.device())?;
                let index = Tensor::new(rows.rows.as_slice(), rows.values.device())?;
                zeros.index_add(&index, &rows.values, 0)
            }
        }
    }

    fn sum(self, other: Self) -> Result<Self> {
        match (self, other) {
            (Self::Rows(a), Self::Rows(b)) => merge_rows(&a, &b).map(Self::Rows),
            (Self::Dense(dense), other) | (other, Self::Dense(dense)) => {
                Ok(Self::Dense((&dense + other.to_dense(dense.dims())?)?))
            }
        }
    }
}

/// Sums two sets of rows.
fn merge_rows(a: &RowGradient, b: &RowGradient) -> Result<RowGradient> {
    let mut rows: Vec<u32> = a.rows.iter().chain(&b.rows).copied().collect();
    rows.sort_unstable();
    rows.dedup();
    let device = a.values.device();
    let zeros = Tensor::zeros((rows.len(), a.values.dim(1)?), a.values.dtype(), device)?;
    let values = [a, b].into_iter().try_fold(zeros, |sum, part| {
        let places: Vec<u32> = part
            .rows
            .iter()
            .filter_map(|row| rows.binary_search(row).ok().map(|place| place as u32))
            .collect();
        sum.index_add(&Tensor::new(places, device)?, &part.values, 0)
    })?;
    Ok(RowGradient { rows, values })
}

/// The gradients of a [`ParamStore`](crate::ParamStore)'s parameters, by their place in the store,
/// with one factor that the optimizer multiplies all of them by.
#[derive(Debug, Clone)]
pub struct Gradients {
    by_param: Vec<Option<Gradient>>,
    scale: f64,
}

impl Gradients {
    pub(crate) fn new(n_params: usize) -> Self {
        Self { by_param: vec![None; n_params], scale: 1. }
    }

    pub(crate) fn add(&mut self, index: usize, gradient: Gradient) -> Result<()> {
        let Some(slot) = self.by_param.get_mut(index) else {
            bail!("gradient of parameter {index}, the store has {}", self.by_param.len());
        };
        *slot = Some(match slot.take() {
            None => gradient,
            Some(sum) => sum.sum(gradient)?,
        });
        Ok(())
    }

    /// Gradient of the parameter at this place of the store, before [`scale`](Self::scale); none
    /// if it is frozen or the loss does not depend on it.
    pub fn get(&self, index: usize) -> Option<&Gradient> {
        self.by_param.get(index).and_then(Option::as_ref)
    }

    /// Factor that belongs to every gradient.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Euclidean norm of all gradients together, [`scale`](Self::scale) included.
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn norm(&self) -> Result<f64> {
        let squares: f64 = self
            .by_param
            .iter()
            .flatten()
            .map(|gradient| sum_of_squares(gradient.values()))
            .sum::<Result<f64>>()?;
        Ok(squares.sqrt() * self.scale)
    }

    /// Scales the gradients so that their norm is at most `max_norm` (Pascanu et al., 2013,
    /// arXiv:1211.5063), as `torch.nn.utils.clip_grad_norm_` does, and returns the norm before.
    /// No gradient is touched: the optimizer applies the factor in its own pass.
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn clip_norm(&mut self, max_norm: f64) -> Result<f64> {
        let norm = self.norm()?;
        // PyTorch's guard against a zero norm.
        let factor = max_norm / (norm + 1e-6);
        if factor < 1. {
            self.scale *= factor;
        }
        Ok(norm)
    }

    /// Clips every element of every gradient, [`scale`](Self::scale) included, to
    /// `-max_value..=max_value`, as `torch.nn.utils.clip_grad_value_` does. What is not a number
    /// stays. Gradients that have nothing to clip are not touched.
    ///
    /// # Errors
    /// If `max_value` is negative or no number, or a device operation fails.
    pub fn clip_value(&mut self, max_value: f64) -> Result<()> {
        if max_value.is_nan() || max_value < 0. {
            bail!("clip_value: the largest value must not be negative, got {max_value}");
        }
        if self.scale == 0. {
            return Ok(());
        }
        // The scale comes later and multiplies this limit too.
        let limit = max_value / self.scale.abs();
        for gradient in self.by_param.iter_mut().flatten() {
            let (Gradient::Dense(values) | Gradient::Rows(RowGradient { values, .. })) = gradient;
            if largest_magnitude(values)? > limit {
                *values = clamp(values, limit)?;
            }
        }
        Ok(())
    }

    /// The first parameter of the store whose gradient has an element that is not finite.
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn first_non_finite(&self, store: &ParamStore) -> Result<Option<Param>> {
        for (param, gradient) in store.params().into_iter().zip(&self.by_param) {
            let Some(gradient) = gradient else { continue };
            if !largest_magnitude(gradient.values())?.is_finite() {
                return Ok(Some(param));
            }
        }
        Ok(None)
    }

    /// Guards a step: refuses gradients of which any element, or the common factor, is not finite.
    /// The [`norm`](Self::norm) of such gradients is not finite either, so where it is taken
    /// anyway this need not be called unless it is.
    ///
    /// # Errors
    /// If so; the message names the first parameter. Or if a device copy fails.
    pub fn check_finite(&self, store: &ParamStore) -> Result<()> {
        if let Some(param) = self.first_non_finite(store)? {
            bail!(
                "check_finite: the gradient of {param:?} is not finite; lower the learning rate, \
                 clip by norm, or look for a logarithm, root or quotient of zero in the loss"
            );
        }
        if !self.scale.is_finite() {
            bail!("check_finite: the factor of all gradients is {}", self.scale);
        }
        Ok(())
    }
}

/// The tensor with its elements in `-limit..=limit`.
fn clamp(tensor: &Tensor, limit: f64) -> Result<Tensor> {
    if !has_kernel(tensor) {
        return tensor.clamp(-limit, limit);
    }
    for_dtype!("clip_value", tensor.dtype(), T => {
        with_elements("clip_value", tensor, |values: &[T]| {
            Tensor::from_vec(clamped(values, T::from_f64(limit)), tensor.shape(), tensor.device())
        })
    })
}

fn clamped<T: Element>(values: &[T], limit: T) -> Vec<T> {
    let (low, high) = (T::zero() - limit, limit);
    let mut clamped = vec![T::zero(); values.len()];
    clamped.par_chunks_mut(BLOCK).zip(values.par_chunks(BLOCK)).for_each(|(to, from)| {
        dispatch(
            #[inline(always)]
            || {
                for (to, &value) in to.iter_mut().zip(from) {
                    // Comparisons that are false of NaN, so that it goes through.
                    let value = if value > high { high } else { value };
                    *to = if value < low { low } else { value };
                }
            },
        );
    });
    clamped
}

fn sum_of_squares(tensor: &Tensor) -> Result<f64> {
    if !has_kernel(tensor) {
        let sum = tensor.to_dtype(DType::F32)?.sqr()?.sum_all()?;
        return Ok(f64::from(sum.to_scalar::<f32>()?));
    }
    for_dtype!("norm", tensor.dtype(), T => with_elements("norm", tensor, |values: &[T]| {
        let blocks: Vec<f64> = values.par_chunks(BLOCK).map(block_sum_of_squares).collect();
        Ok(blocks.iter().sum())
    }))
}

fn block_sum_of_squares<T: Element>(block: &[T]) -> f64 {
    dispatch(
        #[inline(always)]
        || {
            // Sixteen sums side by side: one vector register, and one rounding order for all.
            let mut lanes = [0f64; 16];
            let (chunks, rest) = block.as_chunks::<16>();
            for chunk in chunks {
                for (lane, &value) in lanes.iter_mut().zip(chunk) {
                    let value = value.to_f64();
                    *lane += value * value;
                }
            }
            let rest: f64 = rest.iter().map(|value| value.to_f64() * value.to_f64()).sum();
            lanes.iter().sum::<f64>() + rest
        },
    )
}

/// Largest absolute value; infinite if any value is not finite, zero without values.
pub(crate) fn largest_magnitude(tensor: &Tensor) -> Result<f64> {
    if tensor.elem_count() == 0 {
        return Ok(0.);
    }
    let tensor = if has_kernel(tensor) {
        tensor.clone()
    } else {
        tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?
    };
    for_dtype!("largest magnitude", tensor.dtype(), T => {
        with_elements("largest magnitude", &tensor, |values: &[T]| {
            let blocks = values.par_chunks(BLOCK).map(block_largest_magnitude);
            Ok(blocks.reduce(|| 0., f64::max))
        })
    })
}

fn block_largest_magnitude<T: Element>(block: &[T]) -> f64 {
    let largest = dispatch(
        #[inline(always)]
        || {
            // Zero times a NaN or an infinity is a NaN, which stays in the sum; `larger` alone
            // would drop it.
            let largest = fold(block, T::zero(), |a, x| a.larger(x.magnitude()), T::larger);
            let zero = fold(block, T::zero(), |sum, x| sum + x * T::zero(), |a, b| a + b);
            if zero.is_nan() { T::NEG_INFINITY.magnitude() } else { largest }
        },
    );
    largest.to_f64()
}

#[cfg(test)]
mod tests;
