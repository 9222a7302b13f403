//! Several affine maps of the same rows, their outputs side by side: queries, keys and values of
//! attention from one pass over the input, with one gradient of the input.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::kernel;
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, result};
use crate::param_store::Weight;
use crate::weights::WeightList;

/// Applies each weight (and bias, if given) to the last dimension of `x`; the outputs stand side by
/// side in one tensor.
///
/// # Shapes
/// - x: `(.., n_in)`
/// - each w: `(n_out_i, n_in)`, its b: `(n_out_i,)`
/// - output: `(.., Σ n_out_i)`
///
/// # Errors
/// If there is no map, or the shapes do not fit.
pub fn linear_stacked(x: &Tensor, maps: &[(Weight, Option<Weight>)]) -> Result<Tensor> {
    let mut widths = Vec::with_capacity(maps.len());
    for (w, b) in maps {
        let (n_out, n_in) = w.tensor().dims2()?;
        if x.dims().last() != Some(&n_in) {
            bail!(
                "linear_stacked: weight {} takes {n_in} features, the input has shape {:?}",
                widths.len(),
                x.shape()
            );
        }
        if let Some(b) = b.as_ref().filter(|b| b.tensor().dims() != [n_out]) {
            bail!(
                "linear_stacked: map {} has {n_out} outputs, bias {:?}",
                widths.len(),
                b.tensor().shape()
            );
        }
        widths.push(n_out);
    }
    if maps.is_empty() {
        bail!("linear_stacked: no maps");
    }
    if !has_kernel(x) {
        let outputs = maps.iter().map(|(w, b)| super::composed(x, w, b.as_ref(), None));
        return Tensor::cat(&outputs.collect::<Result<Vec<_>>>()?, candle_core::D::Minus1);
    }
    let weights = maps.iter().flat_map(|(w, b)| std::iter::once(w).chain(b));
    let list = WeightList::new(&weights.collect::<Vec<_>>())?;
    let biased = maps.iter().map(|(_, b)| b.is_some()).collect();
    let argument = list.argument().clone();
    x.contiguous()?.apply_op2(&argument, Stacked { widths, biased, weights: list })
}

const OP: &str = "linear_stacked";

struct Stacked {
    widths: Vec<usize>,
    /// Which maps have a bias.
    biased: Vec<bool>,
    /// Each map's weight, then its bias if it has one.
    weights: WeightList,
}

impl Stacked {
    fn n_out(&self) -> usize {
        self.widths.iter().sum()
    }

    /// Of each map: the first column of its output, its width, and the places of its weight and
    /// bias in the list.
    fn maps(&self) -> impl Iterator<Item = (usize, usize, usize, Option<usize>)> + '_ {
        let mut next = (0, 0);
        self.widths.iter().zip(&self.biased).map(move |(&width, &biased)| {
            let (column, weight) = next;
            next = (column + width, weight + 1 + usize::from(biased));
            (column, width, weight, biased.then_some(weight + 1))
        })
    }
}

impl Stacked {
    fn forward<T: Element>(&self, x: &[T], n_in: usize) -> Result<Vec<T>> {
        let mut row = Vec::with_capacity(self.n_out());
        for (_, width, _, bias) in self.maps() {
            match bias {
                Some(bias) => {
                    row.extend_from_slice(&elements::<T>(OP, self.weights.tensor(bias))?);
                }
                None => row.resize(row.len() + width, T::zero()),
            }
        }
        let mut out = kernel::repeated(&row, kernel::n_rows(x.len(), n_in));
        for (first, width, weight, _) in self.maps() {
            let w = elements::<T>(OP, self.weights.tensor(weight))?;
            let columns = kernel::Columns { data: &mut out, first, n_columns: self.n_out() };
            kernel::add_product((n_in, width), x, &w, columns);
        }
        Ok(out)
    }

    fn backward<T: Element>(
        &self,
        x: &Tensor,
        xs: &[T],
        dz: &[T],
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let n_in = x.dims().last().copied().unwrap_or_default();
        let mut gradients = Vec::new();
        let mut dx = x.track_op().then(|| vec![T::zero(); xs.len()]);
        // All biases together, since their columns are.
        let mut biases = self.maps().filter_map(|(.., bias)| bias);
        let db = biases
            .any(|bias| self.weights.is_tracked(bias))
            .then(|| kernel::bias_gradient(self.n_out(), dz));
        for (first, width, weight, bias) in self.maps() {
            let dz = kernel::Part { data: dz, first, n_columns: self.n_out() };
            let dw = self.weights.is_tracked(weight).then(|| {
                let dw = kernel::weight_gradient((n_in, width), xs, dz);
                Tensor::from_vec(dw, (width, n_in), x.device())
            });
            gradients.push(dw.transpose()?);
            if let Some(bias) = bias {
                let db = db.as_ref().filter(|_| self.weights.is_tracked(bias));
                let db = db.map(|db| db[first..first + width].to_vec());
                gradients.push(db.map(|db| Tensor::from_vec(db, width, x.device())).transpose()?);
            }
            if let Some(dx) = &mut dx {
                let w = elements::<T>(OP, self.weights.tensor(weight))?;
                kernel::add_input_gradient((n_in, width), &w, dz, dx);
            }
        }
        let dx = dx.map(|dx| Tensor::from_vec(dx, x.shape(), x.device())).transpose()?;
        Ok((dx, self.weights.gradients(gradients)?))
    }
}

impl CustomOp2 for Stacked {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let mut shape = layout.dims().to_vec();
        let n_in = shape.pop().unwrap_or_default();
        shape.push(self.n_out());
        for_dtype!(OP, x.dtype(), T => {
            let x: &[T] = contiguous(OP, x, layout)?;
            Ok(result(self.forward(x, n_in)?, shape))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        for_dtype!(OP, x.dtype(), T => {
            let (xs, dz) = (elements::<T>(OP, x)?, elements::<T>(OP, &gradient)?);
            self.backward(x, &xs, &dz)
        })
    }
}

#[cfg(test)]
mod tests;
