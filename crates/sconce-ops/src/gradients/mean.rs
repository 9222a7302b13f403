//! Gradient accumulation: the gradients of several small batches as if they had been one.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor, bail};
use rayon::prelude::*;

use super::{BLOCK, Gradient, Gradients, RowGradient};
use crate::element::{contiguous_mut, for_dtype, has_kernel, with_elements};
use crate::simd::{axpy, dispatch};

/// The mean of the gradients of several batches, each with its own weight.
///
/// A loss that is a mean has a gradient that is a mean over the same rows, so the gradient of all
/// rows together is `Σ n_i g_i / Σ n_i`, where `n_i` is what the i-th loss was divided by: its
/// number of rows, of tokens that are not ignored, or the sum of their class weights. (The mean of
/// the means, `Σ g_i / k`, is something else as soon as the batches differ in size.)
///
/// ```
/// # use candle_core::{Device, Result, Tensor};
/// # use sconce_ops::*;
/// # fn main() -> Result<()> {
/// # let store = ParamStore::new(&Device::Cpu, 42);
/// # let weight = store.root().get("weight", ParamSpec::linear_weight(2, 1))?;
/// # let (mut optimizer, rate) = (AdamW::default(), 0.01);
/// # let batch = |n: usize| Tensor::ones((n, 2), candle_core::DType::F32, &Device::Cpu);
/// let mut mean = GradientMean::default();
/// for x in [batch(4)?, batch(3)?] {
///     let y = linear(&x, &weight, None)?;
///     let loss = mean_squared_error(&y, &y.ones_like()?)?;
///     mean.add(&store.backward(&loss)?, x.dim(0)? as f64)?;
/// }
/// optimizer.step(&store, &mean.take(), rate)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct GradientMean {
    /// Weighted sums, in tensors that nothing else holds.
    sums: Vec<Option<Gradient>>,
    weight: f64,
}

impl GradientMean {
    /// Adds the gradients of a batch that counts this much. One pass over the sums; a batch of
    /// weight zero (all its targets are ignored) is passed over, whatever its gradients are.
    ///
    /// # Errors
    /// If the weight is negative or not finite, or a gradient has another shape than before.
    pub fn add(&mut self, gradients: &Gradients, weight: f64) -> Result<()> {
        if weight < 0. || !weight.is_finite() {
            bail!("gradient mean: a batch must have a weight of at least 0, got {weight}");
        }
        if weight == 0. {
            return Ok(());
        }
        let factor = weight * gradients.scale;
        let n_params = self.sums.len().max(gradients.by_param.len());
        self.sums.resize(n_params, None);
        for (sum, gradient) in self.sums.iter_mut().zip(&gradients.by_param) {
            if let Some(gradient) = gradient {
                *sum = Some(match sum.take() {
                    None => scaled(gradient, factor)?,
                    Some(sum) => added(sum, gradient, factor)?,
                });
            }
        }
        self.weight += weight;
        Ok(())
    }

    /// Total weight of the batches so far.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The mean, after which nothing is left. Without any weight no parameter has a gradient.
    pub fn take(&mut self) -> Gradients {
        let Self { sums, weight } = std::mem::take(self);
        let scale = if weight > 0. { 1. / weight } else { 1. };
        Gradients { by_param: sums, scale }
    }
}

/// A copy of `gradient · factor`.
fn scaled(gradient: &Gradient, factor: f64) -> Result<Gradient> {
    let values = gradient.values();
    let sum = add(values.zeros_like()?, None, values, factor)?;
    Ok(match gradient {
        Gradient::Dense(_) => Gradient::Dense(sum),
        Gradient::Rows(RowGradient { rows, .. }) => {
            Gradient::Rows(RowGradient { rows: rows.clone(), values: sum })
        }
    })
}

/// `sum + gradient · factor`, in the tensor of `sum` where that has room.
fn added(sum: Gradient, gradient: &Gradient, factor: f64) -> Result<Gradient> {
    match (sum, gradient) {
        (Gradient::Dense(sum), Gradient::Dense(g)) => {
            add(sum, None, g, factor).map(Gradient::Dense)
        }
        (Gradient::Dense(sum), Gradient::Rows(g)) => {
            add(sum, Some(&g.rows), &g.values, factor).map(Gradient::Dense)
        }
        (Gradient::Rows(sum), Gradient::Dense(g)) => {
            let dense = add(g.zeros_like()?, None, g, factor)?;
            add(dense, Some(&sum.rows), &sum.values, 1.).map(Gradient::Dense)
        }
        (Gradient::Rows(sum), Gradient::Rows(g)) => {
            let mut rows: Vec<u32> = sum.rows.iter().chain(&g.rows).copied().collect();
            rows.sort_unstable();
            rows.dedup();
            let place = |row: &u32| rows.binary_search(row).ok().map(|place| place as u32);
            let places = |of: &[u32]| of.iter().filter_map(place).collect::<Vec<u32>>();
            let shape = (rows.len(), sum.values.dim(1)?);
            let zeros = Tensor::zeros(shape, sum.values.dtype(), sum.values.device())?;
            let old = add(zeros, Some(&places(&sum.rows)), &sum.values, 1.)?;
            let values = add(old, Some(&places(&g.rows)), &g.values, factor)?;
            Ok(Gradient::Rows(RowGradient { rows, values }))
        }
    }
}

/// `sum + values · factor`: of all elements, or of the rows of `sum` that are listed, rising.
fn add(sum: Tensor, rows: Option<&[u32]>, values: &Tensor, factor: f64) -> Result<Tensor> {
    let fits = match rows {
        None => sum.shape() == values.shape(),
        Some(rows) => {
            let fitting = values.rank() > 0 && values.dim(0)? == rows.len();
            let inside = rows.last().is_none_or(|&row| (row as usize) < sum.dims()[0]);
            fitting && inside && sum.dims()[1..] == values.dims()[1..]
        }
    };
    if !fits || sum.dtype() != values.dtype() {
        bail!(
            "gradient mean: a gradient of {:?} {:?} after one of {:?} {:?}; do both come from one \
             store?",
            values.dtype(),
            values.shape(),
            sum.dtype(),
            sum.shape()
        );
    }
    if has_kernel(&sum) {
        sum.inplace_op1(&Add { rows, values, factor })?;
        return Ok(sum);
    }
    let values = (values * factor)?;
    match rows {
        None => sum + values,
        Some(rows) => sum.index_add(&Tensor::new(rows, sum.device())?, &values, 0),
    }
}

struct Add<'a> {
    rows: Option<&'a [u32]>,
    values: &'a Tensor,
    factor: f64,
}

impl InplaceOp1 for Add<'_> {
    fn name(&self) -> &'static str {
        "gradient mean"
    }

    fn cpu_fwd(&self, sum: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for_dtype!(self.name(), sum.dtype(), T => {
            let factor = T::from_f64(self.factor);
            let sum: &mut [T] = contiguous_mut(self.name(), sum, layout)?;
            with_elements(self.name(), self.values, |values: &[T]| {
                let Some(rows) = self.rows else {
                    let blocks = sum.par_chunks_mut(BLOCK).zip(values.par_chunks(BLOCK));
                    blocks.for_each(|(sum, values)| add_block(factor, values, sum));
                    return Ok(());
                };
                let dim = layout.dims()[1..].iter().product::<usize>().max(1);
                let rows_a_block = (BLOCK / dim).max(1);
                let blocks = sum.par_chunks_mut(rows_a_block * dim);
                blocks.enumerate().for_each(|(block, sum)| {
                    let first = block * rows_a_block;
                    let at = |bound: usize| rows.partition_point(|&row| (row as usize) < bound);
                    for i in at(first)..at(first + rows_a_block) {
                        let row = rows[i] as usize - first;
                        let values = &values[i * dim..][..dim];
                        add_block(factor, values, &mut sum[row * dim..][..dim]);
                    }
                });
                Ok(())
            })
        })
    }
}

fn add_block<T: crate::element::Element>(factor: T, values: &[T], sum: &mut [T]) {
    dispatch(
        #[inline(always)]
        || axpy(factor, values, sum),
    );
}

#[cfg(test)]
mod tests;
