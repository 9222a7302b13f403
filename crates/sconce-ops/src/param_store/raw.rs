//! Tensors as they lie in a mapped file, and how they become those of a model: each element is read
//! once, converted and put in its place, on all threads.

use candle_core::{DType, Device, Result, Tensor, Var, bail};
use half::{bf16, f16};
use rayon::prelude::*;

use super::file::{Pages, WeightFile};
use super::number::{Number, element};
use crate::element::{elements, has_kernel};
use crate::simd::dispatch;

/// Elements that one task reads.
const BLOCK: usize = 1 << 15;

/// Rows that one task gathers where columns are not neighbours: a cache line of the rows that are.
const ROWS: usize = 16;

/// Where the elements of a tensor lie in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    /// The element type, or the file's name for one that cannot be read.
    pub(super) dtype: std::result::Result<DType, String>,
    pub(super) shape: Vec<usize>,
    /// Distance of neighbours along each dimension, in elements.
    pub(super) strides: Vec<usize>,
    /// The first byte.
    pub(super) start: usize,
    /// Bytes from the first to the last.
    pub(super) n_bytes: usize,
}

/// The strides of a tensor without gaps.
pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i].saturating_mul(shape[i]);
    }
    strides
}

/// Calls a generic function with the float type of `$dtype`.
macro_rules! for_float {
    ($dtype:expr, $t:ident => $body:expr, $other:pat => $else:expr) => {
        match $dtype {
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
            DType::F16 => {
                type $t = f16;
                $body
            }
            DType::BF16 => {
                type $t = bf16;
                $body
            }
            $other => $else,
        }
    };
}
pub(super) use for_float;

/// A tensor of a mapped file.
pub(super) struct View<'a> {
    /// From the first element on.
    bytes: &'a [u8],
    /// Gives them back in the end.
    _pages: Option<Pages<'a>>,
    dtype: DType,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl<'a> View<'a> {
    /// The tensor that `raw` describes, which must lie inside the file.
    pub(super) fn new(name: &str, file: &'a WeightFile, raw: &Raw) -> Result<Self> {
        let dtype = match &raw.dtype {
            Ok(dtype) => *dtype,
            Err(unknown) => bail!(
                "weights: `{name}` is {unknown} in the file, which is not read here; convert it"
            ),
        };
        let rest = file.bytes().get(raw.start..);
        let Some(bytes) = rest.and_then(|bytes| bytes.get(..raw.n_bytes)) else {
            bail!("weights: `{name}` reaches beyond the end of its file");
        };
        let (shape, strides) = (raw.shape.clone(), raw.strides.clone());
        let pages = Some(file.pages(raw.start, raw.n_bytes));
        Ok(Self { bytes, _pages: pages, dtype, shape, strides })
    }

    /// Rows as columns.
    pub(super) fn transposed(mut self) -> Self {
        self.shape.reverse();
        self.strides.reverse();
        self
    }

    /// The element type in the file.
    pub(super) fn dtype(&self) -> DType {
        self.dtype
    }

    /// A variable with these values: the only copy that is made.
    pub(super) fn var(&self, dtype: DType, device: &Device) -> Result<Var> {
        let shape = self.shape.as_slice();
        let converted = for_float!(dtype,
            T => self.floats::<T>().map(|values| Var::from_vec(values, shape, device)),
            _ => None
        );
        converted.unwrap_or_else(|| Var::from_tensor(&self.tensor(device)?.to_dtype(dtype)?))
    }

    /// A tensor with these values in another element type.
    pub(super) fn tensor_as(&self, dtype: DType, device: &Device) -> Result<Tensor> {
        let shape = self.shape.as_slice();
        let converted = for_float!(dtype,
            T => self.floats::<T>().map(|values| Tensor::from_vec(values, shape, device)),
            _ => None
        );
        converted.unwrap_or_else(|| self.tensor(device)?.to_dtype(dtype))
    }

    /// The tensor in the element type of the file.
    fn tensor(&self, device: &Device) -> Result<Tensor> {
        if self.is_contiguous() {
            return Tensor::from_raw_buffer(self.bytes, self.dtype, &self.shape, device);
        }
        let bytes = self.gathered_bytes(self.dtype.size_in_bytes());
        Tensor::from_raw_buffer(&bytes, self.dtype, &self.shape, device)
    }

    /// Whether a tensor has these values.
    pub(super) fn equals(&self, tensor: &Tensor) -> Result<bool> {
        let is_comparable = has_kernel(tensor) && tensor.is_contiguous() && self.is_contiguous();
        let compared = match tensor.dtype() {
            DType::F32 if is_comparable => self.equals_elements::<f32>(tensor)?,
            DType::F64 if is_comparable => self.equals_elements::<f64>(tensor)?,
            _ => None,
        };
        if let Some(are_equal) = compared {
            return Ok(are_equal);
        }
        if tensor.elem_count() == 0 {
            return Ok(true);
        }
        let values = self.tensor_as(tensor.dtype(), tensor.device())?;
        Ok(tensor.eq(&values)?.flatten_all()?.min(0)?.to_scalar::<u8>()? == 1)
    }

    /// The same without a copy, for a tensor on the CPU; none if the element type of the file is no
    /// float.
    fn equals_elements<T: Number>(&self, tensor: &Tensor) -> Result<Option<bool>> {
        let values = elements::<T>("weights", tensor)?;
        let are_equal = for_float!(self.dtype,
            S => values.par_chunks(BLOCK).zip(self.bytes.par_chunks(BLOCK * S::SIZE)).all(
                |(values, bytes)| {
                    let read = bytes.chunks_exact(S::SIZE).map(element::<S, T>);
                    values.iter().zip(read).all(|(&value, read)| value == read)
                },
            ),
            _ => return Ok(None)
        );
        Ok(Some(are_equal))
    }

    /// The elements in order, as `T`; none if the file has another kind of number.
    fn floats<T: Number>(&self) -> Option<Vec<T>> {
        for_float!(self.dtype, S => Some(self.converted::<S, T>()), _ => None)
    }

    fn converted<S: Number, T: Number>(&self) -> Vec<T> {
        let mut out = vec![T::zero(); self.shape.iter().product()];
        if !self.is_contiguous() {
            self.gather(&mut out, S::SIZE, element::<S, T>);
            return out;
        }
        out.par_chunks_mut(BLOCK).zip(self.bytes.par_chunks(BLOCK * S::SIZE)).for_each(
            |(out, bytes)| {
                dispatch(
                    #[inline(always)]
                    || {
                        for (out, bytes) in out.iter_mut().zip(bytes.chunks_exact(S::SIZE)) {
                            *out = element::<S, T>(bytes);
                        }
                    },
                );
            },
        );
        out
    }

    /// The elements' bytes in order.
    fn gathered_bytes(&self, size: usize) -> Vec<u8> {
        let n: usize = self.shape.iter().product();
        let width = self.shape.last().copied().unwrap_or(1).max(1);
        let stride = self.strides.last().copied().unwrap_or(1);
        let mut out = Vec::with_capacity(n * size);
        for row in 0..n / width {
            let start = self.row_start(row);
            for column in 0..width {
                out.extend_from_slice(&self.bytes[(start + column * stride) * size..][..size]);
            }
        }
        out
    }

    /// Reads elements whose columns are not neighbours, some rows at a time: of a transposed matrix,
    /// these are.
    fn gather<T: Number>(&self, out: &mut [T], size: usize, read: impl Fn(&[u8]) -> T + Sync) {
        let width = self.shape.last().copied().unwrap_or(1).max(1);
        let stride = self.strides.last().copied().unwrap_or(1);
        out.par_chunks_mut(ROWS * width).enumerate().for_each(|(block, out)| {
            let n_rows = out.len() / width;
            let starts: Vec<usize> =
                (0..n_rows).map(|row| self.row_start(block * ROWS + row)).collect();
            for column in 0..width {
                for (row, start) in starts.iter().enumerate() {
                    let at = (start + column * stride) * size;
                    out[row * width + column] = read(&self.bytes[at..at + size]);
                }
            }
        });
    }

    /// The place of the first element of a row, rows being numbered over all dimensions but the
    /// last.
    fn row_start(&self, row: usize) -> usize {
        let leading = self.shape.len().saturating_sub(1);
        let (mut rest, mut start) = (row, 0);
        for (&n, &stride) in self.shape[..leading].iter().zip(&self.strides).rev() {
            start += rest % n.max(1) * stride;
            rest /= n.max(1);
        }
        start
    }

    fn is_contiguous(&self) -> bool {
        let expected = row_major(&self.shape);
        let mut dims = self.shape.iter().zip(&self.strides).zip(expected);
        self.shape.contains(&0)
            || dims.all(|((&n, &stride), expected)| n == 1 || stride == expected)
    }
}

#[cfg(test)]
mod tests;
